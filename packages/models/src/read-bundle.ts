/** Reads a bundle's folder, and checks it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, messageOf, UsageError } from '@labelmill/shared/errors';
import { bundleDigest } from './bundle-digest.ts';
import { type Bundle, type BundleManifest, bundleSchema } from './bundle-schema.ts';
import { fileDigest } from './file-digest.ts';

export const manifestFile = 'model.json';

/** A bundle's name, which is also its queue's and its folder's. */
export function bundleName({ model, precision }: Pick<BundleManifest, 'model' | 'precision'>): string {
  return `${model}-${precision}`;
}

/**
 * Reads model.json; does not look at weights and graphs.
 *
 * @throws UsageError `not_a_bundle` if the folder has no model.json, `bad_bundle` if that does not hold what it must.
 */
export async function readBundle(folder: string): Promise<Bundle> {
  let manifest: unknown;
  try {
    manifest = JSON.parse(await readFile(join(folder, manifestFile), 'utf8'));
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new UsageError('not_a_bundle', `${folder} is no model bundle: it has no ${manifestFile}`, {
        cause,
      });
    }
    throw new UsageError('bad_bundle', `${join(folder, manifestFile)} cannot be read: ${messageOf(cause)}`, {
      cause,
    });
  }
  const parsed = bundleSchema.safeParse(manifest);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = `${join(folder, manifestFile)}: ${issue?.path.join('.') || 'document'}`;
    throw new UsageError('bad_bundle', `${where}: ${issue?.message}`);
  }
  return { name: bundleName(parsed.data), digest: digestIn(folder, manifest), folder, manifest: parsed.data };
}

function digestIn(folder: string, manifest: unknown): string {
  try {
    return bundleDigest(manifest);
  } catch (cause) {
    throw new UsageError('bad_bundle', `${join(folder, manifestFile)}: ${messageOf(cause)}`, { cause });
  }
}

/**
 * Reads every file of the bundle (half a gigabyte for VGG-16) and compares it with its checksum in model.json.
 *
 * @throws UsageError `bad_bundle`, naming the first file that is missing or differs.
 */
export async function verifyBundleFiles({ folder, manifest }: Bundle): Promise<void> {
  for (const { file, sha256 } of [...manifest.graphs, ...manifest.weights]) {
    const path = join(folder, file);
    const found = await fileDigest(path).catch((cause) => {
      throw new UsageError('bad_bundle', `${path} cannot be read: ${messageOf(cause)}`, { cause });
    });
    if (found.sha256 !== sha256) {
      throw new UsageError(
        'bad_bundle',
        `${path} is damaged: sha256 ${found.sha256}, not ${sha256}; make the bundle anew`,
      );
    }
  }
}
