/** Finds bundles by name or path. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, LabelmillError, UsageError } from '@labelmill/shared/errors';
import type { Bundle, BundleManifest } from './bundle-schema.ts';
import { initialisable } from './catalogue.ts';
import { publishedWeights } from './pull/published-weights.ts';
import { readBundle } from './read-bundle.ts';

/** A name without a precision means the first of these that is there. */
const preference: readonly BundleManifest['precision'][] = ['fp32', 'fp16', 'int8'];

export interface FoundBundles {
  /** In the order of the folders, then by name. */
  readonly bundles: readonly Bundle[];
  /** Folders that should be bundles but cannot be read as such, with one line each. */
  readonly broken: readonly { readonly folder: string; readonly reason: string }[];
}

/** Reads every bundle in `folders`; a folder that does not exist holds none, and hidden ones are unfinished. */
export async function findBundles(folders: readonly string[]): Promise<FoundBundles> {
  const bundles: Bundle[] = [];
  const broken: { folder: string; reason: string }[] = [];
  for (const root of folders) {
    for (const name of await visibleEntries(root)) {
      const folder = join(root, name);
      try {
        bundles.push(await readBundle(folder));
      } catch (error) {
        if (!(error instanceof LabelmillError)) throw error;
        broken.push({ folder, reason: error.message });
      }
    }
  }
  return { bundles, broken };
}

/**
 * The bundle that a user means.
 *
 * @param nameOrPath `vgg16`, `vgg16-fp32`, or a folder's path, which has a slash in it.
 * @param folders searched in this order.
 * @throws UsageError `unknown_model` with one line that says what there is and what to do; as `readBundle` for a path.
 */
export async function resolveBundle(nameOrPath: string, folders: readonly string[]): Promise<Bundle> {
  if (nameOrPath.includes('/')) return readBundle(nameOrPath);
  const { bundles, broken } = await findBundles(folders);
  const found = bundles.find(({ name }) => name === nameOrPath) ?? ofModel(bundles, nameOrPath)[0];
  if (found !== undefined) return found;
  const damaged = broken.find(
    ({ folder }) => folder.endsWith(`/${nameOrPath}`) || folder.endsWith(`/${nameOrPath}-fp32`),
  );
  if (damaged !== undefined) throw new UsageError('bad_bundle', damaged.reason);
  throw new UsageError('unknown_model', await unknownModel(nameOrPath, bundles));
}

/** Every bundle of a model in the order of preference: fp32, fp16, int8; of two with one name, the one of the first folder. */
export async function bundlesOfModel(model: string, folders: readonly string[]): Promise<Bundle[]> {
  const found = ofModel((await findBundles(folders)).bundles, model);
  return found.filter(({ name }, place) => found.findIndex((other) => other.name === name) === place);
}

function ofModel(bundles: readonly Bundle[], model: string): Bundle[] {
  return bundles
    .filter(({ manifest }) => manifest.model === model)
    .sort((a, b) => preference.indexOf(a.manifest.precision) - preference.indexOf(b.manifest.precision));
}

async function unknownModel(name: string, bundles: readonly Bundle[]): Promise<string> {
  const here = bundles.length === 0 ? 'none' : bundles.map((bundle) => bundle.name).join(', ');
  const model = name.replace(/-(fp32|fp16|int8)$/, '');
  const published = (await publishedWeights()).map((weights) => weights.name);
  const advice = published.includes(model)
    ? `"labelmill model pull ${model}" gets it`
    : initialisable.includes(model)
      ? `"labelmill model init ${model}" makes an untrained one`
      : `"labelmill model pull <name>" gets ${published.join(', ')}`;
  return `no model ${JSON.stringify(name)} here; there is: ${here}; ${advice}`;
}

async function visibleEntries(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.isFile() && !entry.name.startsWith('.'))
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw new UsageError('unreadable_models', `cannot read the models in ${folder}: ${codeOf(error)}`, {
      cause: error,
    });
  }
}
