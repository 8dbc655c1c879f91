/** What `kubectl apply -k` would send for an overlay; needs no cluster. */
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { repository } from '../parts/labelmill.ts';

/** An object of Kubernetes, as it is in the manifest. Checks look into it field by field. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Labels };
  // biome-ignore lint/suspicious/noExplicitAny: the schemas are checked by unknown-fields.ts and missing-fields.ts
  readonly [field: string]: any;
}

export type Labels = Readonly<Record<string, string>>;

const overlays = join(repository, 'k8s/overlays');

export async function overlayNames(): Promise<string[]> {
  return (await readdir(overlays)).filter((name) => !name.startsWith('.')).sort();
}

/** @throws Error with what kustomize says against the overlay */
export async function overlayManifests(name: string): Promise<Manifest[]> {
  return manifestsOf(await kustomize(join(overlays, name)));
}

export async function kustomize(folder: string): Promise<string> {
  const { stdout } = await promisify(execFile)('kubectl', ['kustomize', folder], { maxBuffer: 2 ** 26 });
  return stdout;
}

/** @throws Error where a document is no YAML, or names a key twice */
export function manifestsOf(yaml: string): Manifest[] {
  return parseAllDocuments(yaml).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return document.toJS() as Manifest;
  });
}
