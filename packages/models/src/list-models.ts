/** `model list`: the bundles that are there. */
import { findBundles } from './find-bundle.ts';

export interface ListedModel {
  readonly name: string;
  readonly model: string;
  readonly precision: string;
  readonly trained: boolean;
  /** Of the weights. */
  readonly bytes: number;
  readonly digest: string;
  readonly folder: string;
}

export interface ModelList {
  readonly models: readonly ListedModel[];
  /** Folders that cannot be read as bundles, with one line each. */
  readonly broken: readonly { readonly folder: string; readonly reason: string }[];
}

/** Every bundle in `folders`, in that order, then by name. Reads no weights. */
export async function listModels(folders: readonly string[]): Promise<ModelList> {
  const { bundles, broken } = await findBundles(folders);
  const models = bundles.map(({ name, digest, folder, manifest: { model, precision, trained, weights } }) => {
    const bytes = weights.reduce((sum, file) => sum + file.bytes, 0);
    return { name, model, precision, trained, bytes, digest, folder };
  });
  return { models, broken };
}

/** The list as lines for a terminal. */
export function modelListLines({ models, broken }: ModelList): string[] {
  const width = Math.max(0, ...models.map(({ name }) => name.length));
  return [
    ...models.map(({ name, trained, bytes, digest, folder }) => {
      const size = `${(bytes / 1e6).toFixed(1)} MB`.padStart(9);
      const state = trained ? 'trained  ' : 'UNTRAINED';
      return `${name.padEnd(width)}  ${state}  ${size}  ${digest.slice(0, 'sha256:'.length + 12)}  ${folder}`;
    }),
    ...broken.map(({ reason }) => `broken: ${reason}`),
  ];
}
