/** Makes a bundle's folder so that it is there completely or not at all. */
import { randomUUID } from 'node:crypto';
import { access, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, messageOf, UsageError } from '@labelmill/shared/errors';
import { writeError } from '@labelmill/shared/store/file-errors';
import { fileUriOf } from '@labelmill/shared/store/file-uri';
import { bundleDigest } from './bundle-digest.ts';
import type { Bundle, BundleManifest, GraphKind, GraphLayout } from './bundle-schema.ts';
import { fileDigest } from './file-digest.ts';
import { bundleName, manifestFile } from './read-bundle.ts';
import { weightsDigest } from './weights-digest.ts';

/** model.json before its files have been counted and hashed. */
export interface BundleDraft extends Omit<BundleManifest, 'weights' | 'graphs'> {
  readonly weights: readonly string[];
  /** Kind `labels` and layout `nchw` where nothing else is said. */
  readonly graphs: readonly {
    readonly file: string;
    readonly batch: number | null;
    readonly kind?: GraphKind;
    readonly layout?: GraphLayout;
  }[];
}

/**
 * Lets `fill` write the files that `draft` names into a hidden folder beside the target, adds their checksums and
 * model.json, and moves it to `<root>/<model>-<precision>` in one step. Whatever fails or aborts leaves nothing behind.
 *
 * @param root folder of bundles, made if missing.
 * @throws UsageError `bundle_exists` if there is one already, before `fill` is called; `unwritable_models` if `root`
 * cannot be written; `not_finite` as `weightsDigest`; OutageError `disk_full`; whatever `fill` throws.
 */
export async function createBundle(
  root: string,
  draft: BundleDraft,
  fill: (folder: string) => Promise<void>,
): Promise<Bundle> {
  const name = bundleName(draft);
  const folder = join(root, name);
  await requireNoBundle(folder);
  const unfinished = join(root, `.${name}-${randomUUID()}`);
  await mkdir(unfinished, { recursive: true }).catch((cause) => {
    throw new UsageError('unwritable_models', `cannot write models to ${root}: ${messageOf(cause)}`, {
      cause,
    });
  });
  try {
    await fill(unfinished);
    const manifest = await completed(draft, unfinished);
    const file = await open(join(unfinished, manifestFile), 'wx');
    await file.writeFile(`${JSON.stringify(manifest, null, 2)}\n`);
    await file.sync();
    await file.close();
    await rename(unfinished, folder).catch(async (cause) => {
      throw (await exists(folder)) ? alreadyThere(folder) : cause;
    });
    return { name, digest: bundleDigest(manifest), folder, manifest };
  } catch (error) {
    throw fullDisk(error, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** @throws UsageError `bundle_exists` */
export async function requireNoBundle(folder: string): Promise<void> {
  if (await exists(folder)) throw alreadyThere(folder);
}

/** What to throw for an error that arose below `folder`: OutageError `disk_full` where it was that, else the error. */
export function fullDisk(error: unknown, folder: string): unknown {
  return codeOf(error) === 'ENOSPC' ? writeError(error, fileUriOf(Buffer.from(folder))) : error;
}

async function completed(draft: BundleDraft, folder: string): Promise<BundleManifest> {
  const weights: BundleManifest['weights'] = [];
  for (const file of draft.weights) weights.push({ file, ...(await weightsDigest(join(folder, file))) });
  const graphs: BundleManifest['graphs'] = [];
  for (const { file, batch, kind = 'labels', layout = 'nchw' } of draft.graphs) {
    const { sha256 } = await fileDigest(join(folder, file));
    graphs.push({ file, sha256, kind, layout, batch });
  }
  return { ...draft, weights, graphs };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function alreadyThere(folder: string): UsageError {
  return new UsageError('bundle_exists', `${folder} is already there; remove it first to make it anew`);
}
