/** `model quantize`: an int8 bundle for CPUs from a float32 one, calibrated on images of the user's own. */
import { access, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, UsageError } from '@labelmill/shared/errors';
import type { OpenGraph } from '../adopt/open-graph.ts';
import { readOnnx } from '../adopt/read-onnx.ts';
import type { Bundle } from '../bundle-schema.ts';
import { createBundle } from '../create-bundle.ts';
import { labelsGraph } from '../labels-graph.ts';
import { bundleName } from '../read-bundle.ts';
import type { WeightLimit } from './affine.ts';
import { calibrate } from './calibrate.ts';
import { chooseClipping } from './choose-clipping.ts';
import { clippings } from './clipping.ts';
import { compareGraphs } from './compare-graphs.ts';
import { writeFloatGraphs } from './float-graphs.ts';
import { imageBatches } from './image-batches.ts';
import { int8Draft } from './int8-draft.ts';
import { graphFile, int8Writer, scalesFile, weightsFile } from './int8-files.ts';
import { quantisableGraph } from './layers.ts';
import type { Quantization } from './quantization-schema.ts';

/** Images a run; more would not be faster, and VGG-19's activations take 0.1 GB an image. */
const batchSize = 4;

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
 * `too_few_images`, `image_size`, `bundle_exists` and others of `createBundle`; the signal's reason when aborted. Nothing
 * is left behind then.
 */
export async function quantizeBundle(options: QuantizeOptions): Promise<QuantizedModel> {
  const { bundle, folder } = options;
  const source = sourceGraph(bundle);
  const name = bundleName({ ...bundle.manifest, precision: 'int8' });
  const there = await access(join(folder, name)).then(
    () => true,
    () => false,
  );
  if (there) {
    throw new UsageError(
      'bundle_exists',
      `${join(folder, name)} is already there; remove it first to make it anew`,
    );
  }
  // Beside the target, so that the files only need to be renamed.
  const work = await mkdir(folder, { recursive: true })
    .then(() => mkdtemp(join(folder, `.${name}-`)))
    .catch((cause) => {
      throw new UsageError('unwritable_models', `cannot write models to ${folder}: ${messageOf(cause)}`, {
        cause,
      });
    });
  try {
    const report = await quantise(options, source, work);
    const files = { weights: [weightsFile, scalesFile], graph: graphFile };
    const draft = int8Draft(bundle, report, files);
    const made = await createBundle(folder, draft, async (target) => {
      for (const file of [weightsFile, scalesFile, graphFile])
        await rename(join(work, file), join(target, file));
    });
    return { bundle: made, report };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function sourceGraph({ name, folder, manifest }: Bundle): string {
  const graph = labelsGraph(manifest);
  if (manifest.precision !== 'fp32' || graph === undefined) {
    throw new UsageError(
      'unquantisable',
      `${name} cannot be quantised: that takes fp32 and a graph for any batch size`,
    );
  }
  return join(folder, graph.file);
}

async function quantise(options: QuantizeOptions, source: string, work: string): Promise<Quantization> {
  const { bundle, images, holdOut, weightLimit, openGraph, signal, onProgress = () => {} } = options;
  const { classes, preprocessing, weights } = bundle.manifest;
  const { crop } = preprocessing;
  const progress = (step: QuantizeProgress['step']) => (done: number, total: number | null) =>
    onProgress({ step, done, total });
  const batches = (from: AsyncIterable<Uint8Array>) => imageBatches(from, crop, batchSize, signal);
  const float = await writeFloatGraphs(bundle, source, join(work, 'float'));

  const report = progress('calibrate');
  const calibration = await calibrate(float.ranges, batches(images), crop, openGraph, (done) =>
    report(done, null),
  );
  if (calibration.choosing.length === 0) {
    throw new UsageError('too_few_images', 'calibration needs at least 4 images; some hundred are better');
  }
  const int8 = await int8Writer(work, source, calibration, weightLimit, progress('weights'), signal);
  const tried = progress('choose');
  const { clipping, graph } = await chooseClipping(
    calibration.choosing,
    crop,
    int8.candidate,
    openGraph,
    (done) => tried(done, clippings.length),
    signal,
  );
  await int8.chosen(clipping);

  const compared = progress('compare');
  const comparison = await compareGraphs(
    float.scored,
    graph,
    batches(holdOut),
    crop,
    classes.length,
    openGraph,
    (done) => compared(done, null),
  );
  if (comparison === null) {
    throw new UsageError('too_few_images', 'there is no image left to compare int8 with fp32 on');
  }
  const files = await Promise.all([weightsFile, scalesFile].map((file) => stat(join(work, file))));
  return {
    from: { name: bundle.name, digest: bundle.digest },
    weightBits: weightLimit === 127 ? 8 : 7,
    clipping,
    floatLayers: [...quantisableGraph(await readOnnx(source)).left],
    calibrationImages: calibration.images,
    choosingImages: calibration.choosing.length,
    ...comparison,
    weightBytes: {
      fp32: weights.reduce((sum, { bytes }) => sum + bytes, 0),
      int8: files.reduce((sum, { size }) => sum + size, 0),
    },
  };
}
