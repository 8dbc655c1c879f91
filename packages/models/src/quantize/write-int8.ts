/** The files of an int8 bundle, from calibration to the comparison with float32. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '@labelmill/shared/errors';
import { calibrate } from './calibrate.ts';
import { chooseClipping } from './choose-clipping.ts';
import { compareGraphs } from './compare-graphs.ts';
import { writeFloatGraphs } from './float-graphs.ts';
import { imageBatches } from './image-batches.ts';
import { int8Writer, scalesFile, weightsFile } from './int8-files.ts';
import type { Quantization } from './quantization-schema.ts';
import type { QuantizeOptions, QuantizeProgress } from './quantize-bundle.ts';
import type { SourceGraph } from './source-graph.ts';

/** Images a run; more would not be faster, and VGG-19's activations take 0.1 GB an image. */
const batchSize = 4;

/**
 * Writes `weightsFile`, `scalesFile` and `graphFile` into the folder `work`, among others that are of no use later.
 *
 * @throws as `quantizeBundle` does.
 */
export async function writeInt8(
  options: QuantizeOptions,
  source: SourceGraph,
  work: string,
): Promise<Quantization> {
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
    const few = `${calibration.images} images are too few to calibrate on; 4 are the least, some hundred are better`;
    throw new UsageError('too_few_images', few);
  }
  const int8 = await int8Writer(work, source, calibration, weightLimit, progress('weights'), signal);
  const { clipping, graph } = await chooseClipping(
    calibration.choosing,
    crop,
    int8.candidate,
    openGraph,
    progress('choose'),
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
    floatLayers: [...source.quantisable.left],
    calibrationImages: calibration.images,
    choosingImages: calibration.choosing.length,
    ...comparison,
    weightBytes: {
      fp32: weights.reduce((sum, { bytes }) => sum + bytes, 0),
      int8: files.reduce((sum, { size }) => sum + size, 0),
    },
  };
}
