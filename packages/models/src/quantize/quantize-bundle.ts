/** `model quantize`: an int8 bundle for CPUs from a float32 one, calibrated on images of the user's own. */
import { access, copyFile, link, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, UsageError } from '@labelmill/shared/errors';
import type { OpenGraph } from '../adopt/open-graph.ts';
import { readOnnx } from '../adopt/read-onnx.ts';
import type { Bundle } from '../bundle-schema.ts';
import { type BundleDraft, createBundle } from '../create-bundle.ts';
import { fileDigest } from '../file-digest.ts';
import { bundleName } from '../read-bundle.ts';
import { readSafetensorsHeader } from '../safetensors.ts';
import { type AffineScale, activationScale, type WeightLimit } from './affine.ts';
import { type Calibration, calibrate } from './calibrate.ts';
import { type Clipping, clippings, exposeRanges } from './calibration-graph.ts';
import { chooseClipping } from './choose-clipping.ts';
import { compareGraphs, type ScoredGraph } from './compare-graphs.ts';
import { floatOutput, modelBytes } from './graph-parts.ts';
import { imageBatches } from './image-batches.ts';
import { quantisableGraph } from './layers.ts';
import { quantiseGraph } from './qdq-graph.ts';
import { writeQuantisedWeights } from './quantised-weights.ts';
import type { Quantization } from './quantization-schema.ts';
import { writeScales } from './scales-file.ts';

/** Images a run; more would not be faster, and VGG-19's activations take 0.1 GB an image. */
const batchSize = 4;
const weightsFile = 'model.safetensors';
const scalesFile = 'scales.safetensors';
const graphFile = 'model.onnx';

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
 * `too_few_images`, `image_size`, `bundle_exists` and others of `createBundle`; the signal's reason when aborted. Nothing is left behind.
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
    const draft = draftOf(bundle, report);
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
  const graph = manifest.graphs.find(({ batch }) => batch === null);
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
  const { manifest } = bundle;
  const { crop } = manifest.preprocessing;
  const progress = (step: QuantizeProgress['step'], total: number | null) => (done: number) =>
    onProgress({ step, done, total });
  const quantisable = quantisableGraph(await readOnnx(source));
  const { layers, left, scores } = quantisable;

  // External data must lie in the graph's own folder.
  const float = join(work, 'float');
  await mkdir(float);
  for (const { file } of manifest.weights) await linkOrCopy(join(bundle.folder, file), join(float, file));
  const calibration = await exposedCalibration(float);
  if (calibration.choosing.length === 0) {
    throw new UsageError('too_few_images', 'calibration needs at least 4 images; some hundred are better');
  }

  const scalesBy = new Map(clippings.map((clipping) => [clipping, inputScales(calibration, clipping)]));
  const least = (origin: string) =>
    Math.min(
      ...[...scalesBy.values()].map((inputs) => inputs.get(origin)?.scale ?? Number.POSITIVE_INFINITY),
    );
  const channels = layers.reduce((sum, { weight }) => sum + Number(weight.dims[0]), 0);
  const onChannels = progress('weights', channels);
  const numbers = await writeQuantisedWeights(
    join(work, weightsFile),
    source,
    layers,
    weightLimit,
    ({ origin }) => least(origin),
    onChannels,
    signal,
  );
  const weights = { file: weightsFile, header: await readSafetensorsHeader(join(work, weightsFile)) };

  /** Writes scales and graph of a clipping; the graph gives all scores out, too, if it is to be measured. */
  const write = async (clipping: Clipping, file: string, scalesName: string, measured: boolean) => {
    const inputs = scalesBy.get(clipping) ?? new Map();
    await writeScales(join(work, scalesName), layers, numbers, inputs);
    const scales = { file: scalesName, header: await readSafetensorsHeader(join(work, scalesName)) };
    const model = await readOnnx(source);
    if (measured) model.graph.output.push(floatOutput(scores, 2));
    quantiseGraph(model, quantisableGraph(model), { weights, scales, inputs });
    await writeFile(join(work, file), modelBytes(model), { flush: true });
    return { path: join(work, file), scores };
  };
  const candidate = (clipping: Clipping): Promise<ScoredGraph> => {
    const place = clippings.indexOf(clipping);
    return write(clipping, `measured-${place}.onnx`, `scales-${place}.safetensors`, true);
  };
  const clipping = await chooseClipping(
    calibration.choosing,
    crop,
    candidate,
    openGraph,
    progress('choose', clippings.length),
    signal,
  );
  await write(clipping, graphFile, scalesFile, false);

  const compared = await compareGraphs(
    await measuredFloat(float),
    { path: join(work, `measured-${clippings.indexOf(clipping)}.onnx`), scores },
    imageBatches(holdOut, crop, batchSize, signal),
    crop,
    manifest.classes.length,
    openGraph,
    progress('compare', null),
  );
  if (compared === null) {
    throw new UsageError('too_few_images', 'there is no image left to compare int8 with fp32 on');
  }
  const sizes = await Promise.all([weightsFile, scalesFile].map((file) => fileDigest(join(work, file))));
  return {
    from: { name: bundle.name, digest: bundle.digest },
    weightBits: weightLimit === 127 ? 8 : 7,
    clipping,
    floatLayers: [...left],
    calibrationImages: calibration.images,
    choosingImages: calibration.choosing.length,
    ...compared,
    weightBytes: {
      fp32: manifest.weights.reduce((sum, { bytes }) => sum + bytes, 0),
      int8: sizes.reduce((sum, { bytes }) => sum + bytes, 0),
    },
  };

  async function exposedCalibration(into: string): Promise<Calibration> {
    const model = await readOnnx(source);
    const exposed = exposeRanges(model, quantisable);
    model.graph.output.push(floatOutput(scores, 2));
    const path = join(into, 'ranges.onnx');
    await writeFile(path, modelBytes(model));
    const batches = imageBatches(images, crop, batchSize, signal);
    return calibrate(path, batches, crop, exposed, scores, openGraph, progress('calibrate', null));
  }

  async function measuredFloat(into: string): Promise<ScoredGraph> {
    const model = await readOnnx(source);
    model.graph.output.push(floatOutput(scores, 2));
    const path = join(into, 'measured.onnx');
    await writeFile(path, modelBytes(model));
    return { path, scores };
  }
}

function inputScales({ ranges }: Calibration, clipping: Clipping): ReadonlyMap<string, AffineScale> {
  return new Map([...ranges].map(([origin, range]) => [origin, activationScale(range.range(clipping))]));
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to));
}

function draftOf({ manifest }: Bundle, report: Quantization): BundleDraft & { quantization: Quantization } {
  const { provenance } = manifest;
  const notes = [provenance.notes, `quantised from ${report.from.name} ${report.from.digest}`];
  return {
    ...manifest,
    precision: 'int8',
    weights: [weightsFile, scalesFile],
    graphs: [{ file: graphFile, batch: null }],
    provenance: { ...provenance, notes: notes.filter((note) => note !== undefined).join('; ') },
    quantization: report,
  };
}
