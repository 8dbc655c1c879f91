/** `model pull`: published weights become a bundle. */
import { copyFile, link, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, messageOf, UsageError } from '@labelmill/shared/errors';
import { writeError } from '@labelmill/shared/store/file-errors';
import { fileUriOf } from '@labelmill/shared/store/file-uri';
import { adoptModel } from '../adopt/adopt-model.ts';
import type { OpenGraph } from '../adopt/open-graph.ts';
import type { Bundle } from '../bundle-schema.ts';
import { type CatalogueEntry, catalogue } from '../catalogue.ts';
import { imagenetClasses, labelled } from '../imagenet-classes.ts';
import { bundleName, readBundle } from '../read-bundle.ts';
import { createVggBundle } from '../vgg-bundle.ts';
import { type DownloadProgress, download } from './download.ts';
import { lockDownload } from './download-lock.ts';
import { findPublished, type PublishedWeights, provenanceOf, publishedWeights } from './published-weights.ts';
import type { WeightsSource } from './weights-source.ts';

export interface PullOptions {
  /** As in the catalogue of published weights. */
  readonly name: string;
  /** Folder of bundles to put it in. Downloads lie in `.downloads` beside them. */
  readonly folder: string;
  readonly source: WeightsSource;
  /** Runs adopted graphs for their check; only the model zoo's files need it. */
  readonly openGraph: OpenGraph;
  /** What there is to pull. Default: data/published.json. */
  readonly published?: readonly PublishedWeights[];
  /** Which architectures there are. Default: labelmill's. */
  readonly architectures?: ReadonlyMap<string, CatalogueEntry>;
  /** Before the second of several attempts that bring nothing; doubles with each. Default 500. */
  readonly retryDelayMs?: number;
  /** How long the lock of another pull may stand still before it counts as dead. Default 10,000. */
  readonly staleLockMs?: number;
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly signal?: AbortSignal;
}

export interface PullResult {
  /** `present`: this bundle was there before, or another pull has made it meanwhile. */
  readonly status: 'pulled' | 'present';
  readonly bundle: Bundle;
}

/**
 * Makes `<folder>/<model>-<precision>` from published weights as they were downloaded. Can be interrupted at any point
 * and goes on from there; two at a time do the work once.
 *
 * @throws UsageError `not_published`, `not_buildable`, `bundle_exists` if a bundle of this name holds other weights,
 * `unwritable_models`; as `download`, `createVggBundle` and `adoptModel` do; the signal's reason.
 */
export async function pullModel(options: PullOptions): Promise<PullResult> {
  const { name, folder, source, openGraph, onProgress = () => {}, signal } = options;
  const { architectures = catalogue, retryDelayMs = 500, staleLockMs = 10_000 } = options;
  const weights = findPublished(options.published ?? (await publishedWeights()), name);
  const entry = architectures.get(weights.model);
  if (weights.kind === 'timm' && entry === undefined) throw notBuildable(weights);
  const before = await present(folder, weights);
  if (before !== undefined) return { status: 'present', bundle: before };

  const downloads = join(folder, '.downloads');
  await mkdir(downloads, { recursive: true }).catch((cause) => {
    const message = `cannot write models to ${folder}: ${messageOf(cause)}`;
    throw new UsageError('unwritable_models', message, { cause });
  });
  await using _lock = await lockDownload(join(downloads, `${weights.sha256}.lock`), staleLockMs, signal);
  const meanwhile = await present(folder, weights);
  if (meanwhile !== undefined) return { status: 'present', bundle: meanwhile };

  const path = await download({ weights, source, folder: downloads, retryDelayMs, onProgress, signal });
  const bundle =
    weights.kind === 'timm' && entry !== undefined
      ? await bundleOver(path, weights, folder, entry)
      : await adopted(path, weights, folder, openGraph);
  await rm(path);
  return { status: 'pulled', bundle };
}

function notBuildable({ name, model }: PublishedWeights): UsageError {
  return new UsageError(
    'not_buildable',
    `${name}: this version of labelmill cannot build the graph of ${model}`,
  );
}

async function present(folder: string, weights: PublishedWeights): Promise<Bundle | undefined> {
  const path = join(folder, bundleName(weights));
  try {
    const bundle = await readBundle(path);
    if (bundle.manifest.provenance.origin === provenanceOf(weights).origin) return bundle;
  } catch (error) {
    if (codeOf(error) === 'not_a_bundle') return undefined;
    throw error;
  }
  throw new UsageError('bundle_exists', `${path} is there with other weights; remove it first to pull these`);
}

async function adopted(
  file: string,
  weights: PublishedWeights,
  folder: string,
  openGraph: OpenGraph,
): Promise<Bundle> {
  const provenance = provenanceOf(weights);
  return (await adoptModel({ file, name: weights.model, folder, openGraph, provenance })).bundle;
}

/** The published safetensors file as it is, with graphs over it. */
async function bundleOver(
  path: string,
  weights: PublishedWeights,
  folder: string,
  entry: CatalogueEntry,
): Promise<Bundle> {
  return createVggBundle({
    root: folder,
    model: weights.model,
    entry,
    trained: true,
    classes: labelled(await imagenetClasses()),
    provenance: provenanceOf(weights),
    writeWeights: (target) => linkOrCopy(path, target),
  });
}

/** A second name costs no room; where the file system has none, a copy. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() =>
    copyFile(from, to).catch((error) => {
      throw writeError(error, fileUriOf(Buffer.from(to)));
    }),
  );
}
