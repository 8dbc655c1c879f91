/** `model init`: a bundle with untrained weights, for trying things out and for measuring speed. */
import { UsageError } from '@labelmill/shared/errors';
import type { Bundle, BundleManifest } from './bundle-schema.ts';
import { type CatalogueEntry, catalogue, initialisable } from './catalogue.ts';
import { type InitProgress, writeHeWeights } from './he-init.ts';
import { imagenetClasses, labelled } from './imagenet-classes.ts';
import { createVggBundle } from './vgg-bundle.ts';
import { vggLayers } from './vgg-layers.ts';

export interface InitOptions {
  /** Catalogue name with ImageNet's 1000 classes, such as `vgg16`. */
  readonly model: string;
  /** 0 … 2³² − 1. */
  readonly seed: number;
  /** Folder of bundles to put it in. */
  readonly folder: string;
  readonly onProgress?: (progress: InitProgress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Makes `<folder>/<model>-fp32`, marked as untrained.
 *
 * @throws UsageError `unknown_model`, `built_in_model` (vgg-mini ships trained), `bad_seed`, and as `createBundle`
 * does; the signal's reason when aborted, with nothing left behind.
 */
export async function initBundle(options: InitOptions): Promise<Bundle> {
  const { model, ...rest } = options;
  const entry = catalogue.get(model);
  if (entry === undefined) {
    const there = `there is: ${initialisable.join(', ')}`;
    throw new UsageError('unknown_model', `no model ${JSON.stringify(model)} to make; ${there}`);
  }
  if (entry.builtIn) {
    throw new UsageError(
      'built_in_model',
      `${model} comes with labelmill, trained; there is nothing to make`,
    );
  }
  return initVggBundle({ ...rest, model, entry, classes: labelled(await imagenetClasses()) });
}

/** The same for any entry and its classes. */
export async function initVggBundle(
  options: InitOptions & { readonly entry: CatalogueEntry; readonly classes: BundleManifest['classes'] },
): Promise<Bundle> {
  const { model, seed, folder, entry, classes, onProgress, signal } = options;
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new UsageError('bad_seed', `seed ${seed} is no whole number from 0 to ${2 ** 32 - 1}`);
  }
  return createVggBundle({
    root: folder,
    model,
    entry,
    classes,
    trained: false,
    provenance: {
      origin: `He initialisation (arXiv 1502.01852), xoshiro128** seed ${seed}`,
      licence: 'none needed: random numbers',
      notes: 'untrained: its labels mean nothing',
    },
    writeWeights: (path) => writeHeWeights(path, vggLayers(entry.architecture), seed, onProgress, signal),
  });
}
