/** `model quantize`: an int8 bundle for CPUs from a float32 one, calibrated on images of the user's own. */
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, UsageError } from '@labelmill/shared/errors';
import type { OpenGraph } from '../adopt/open-graph.ts';
import type { Bundle } from '../bundle-schema.ts';
import { createBundle, fullDisk, requireNoBundle } from '../create-bundle.ts';
import { bundleName, verifyBundleFiles } from '../read-bundle.ts';
import type { WeightLimit } from './affine.ts';
import { int8Draft } from './int8-draft.ts';
import { graphFile, scalesFile, weightsFile } from './int8-files.ts';
import type { Quantization } from './quantization-schema.ts';
import { readSourceGraph } from './source-graph.ts';
import { writeInt8 } from './write-int8.ts';

export interface QuantizeProgress {
  readonly step: 'calibrate' | 'weights' | 'choose' | 'compare';
  readonly done: number;
  /** Null where only the source of the images knows. */
  readonly total: number | null;
}

export interface QuantizeOptions {
  /** In fp32, with a graph for any batch size. */
  readonly bundle: Bundle;
  /** Preprocessed as the bundle says: crop·crop·3 bytes each, RGB, row by row. At least 4. */
  readonly images: AsyncIterable<Uint8Array>;
  /** Others, in the same form, to measure the outcome on. At least one. */
  readonly holdOut: AsyncIterable<Uint8Array>;
  /** Folder of bundles to put it in. */
  readonly folder: string;
  /** See `weightLimitFor`. */
  readonly weightLimit: WeightLimit;
  readonly openGraph: OpenGraph;
  readonly onProgress?: (progress: QuantizeProgress) => void;
  readonly signal?: AbortSignal;
}

export interface QuantizedModel {
  readonly bundle: Bundle;
  readonly report: Quantization;
}

/**
 * Makes `<folder>/<model>-int8`, with its report in model.json.
 *
 * @throws UsageError `unquantisable` (not fp32, no graph for any batch size, no layer that can be quantised),
 * `bundle_exists` and others of `createBundle`, `bad_bundle`, all before the first image is asked for;
 * `too_few_images`, `image_size`; the signal's reason when aborted. Nothing is left behind then.
 */
export async function quantizeBundle(options: QuantizeOptions): Promise<QuantizedModel> {
  const { bundle, folder } = options;
  const source = await readSourceGraph(bundle);
  const name = bundleName({ ...bundle.manifest, precision: 'int8' });
  await requireNoBundle(join(folder, name));
  await verifyBundleFiles(bundle);
  // Beside the target, so that the files only need to be renamed.
  const work = await mkdir(folder, { recursive: true })
    .then(() => mkdtemp(join(folder, `.${name}-`)))
    .catch((cause) => {
      throw new UsageError('unwritable_models', `cannot write models to ${folder}: ${messageOf(cause)}`, {
        cause,
      });
    });
  try {
    const report = await writeInt8(options, source, work);
    const files = { weights: [weightsFile, scalesFile], graph: graphFile };
    const draft = int8Draft(bundle, report, files);
    const made = await createBundle(folder, draft, async (target) => {
      for (const file of [weightsFile, scalesFile, graphFile])
        await rename(join(work, file), join(target, file));
    });
    return { bundle: made, report };
  } catch (error) {
    throw fullDisk(error, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
