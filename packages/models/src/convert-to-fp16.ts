/** `model convert --precision fp16`: a VGG bundle in float32 becomes one in float16, for CUDA. */
import { join } from 'node:path';
import { UsageError } from '@labelmill/shared/errors';
import type { Bundle, BundleManifest } from './bundle-schema.ts';
import { createBundle } from './create-bundle.ts';
import { type ConversionProgress, writeFloat16Weights } from './float16-weights.ts';
import { verifyBundleFiles } from './read-bundle.ts';
import { readSafetensorsHeader } from './safetensors.ts';
import { graphVariants, weightsFile, writeGraphs } from './vgg-graph-variants.ts';
import { vggLayers, withoutBatchNorm } from './vgg-layers.ts';

/**
 * Makes `<folder>/<model>-fp16`: weights of half the size with batch norms folded in, and graphs that compute in float16
 * up to the last layer, which is float32.
 *
 * @param bundle of precision fp32, built by labelmill. All of its files are read and checked first.
 * @throws UsageError `not_convertible`; as `verifyBundleFiles`, `writeFloat16Weights` and `createBundle` do; the
 * signal's reason, with nothing left behind.
 */
export async function convertToFp16(
  bundle: Bundle,
  folder: string,
  onProgress: (progress: ConversionProgress) => void = () => {},
  signal?: AbortSignal,
): Promise<Bundle> {
  const { manifest } = bundle;
  const { architecture, model, normalisation, k } = manifest;
  if (architecture === undefined || manifest.precision !== 'fp32') {
    const what = architecture === undefined ? 'an adopted model' : `in ${manifest.precision} already`;
    const message = `${bundle.name} cannot be converted: it is ${what}; only VGG in fp32 can`;
    throw new UsageError('not_convertible', message);
  }
  const layers = vggLayers(architecture);
  const draft = {
    ...manifest,
    precision: 'fp16' as const,
    weights: [weightsFile],
    graphs: graphVariants('fp16'),
    provenance: provenanceOf(bundle),
  };
  return createBundle(folder, draft, async (target) => {
    await verifyBundleFiles(bundle);
    const source = await readSafetensorsHeader(join(bundle.folder, weightsFile));
    await writeFloat16Weights(join(target, weightsFile), source, layers, onProgress, signal);
    await writeGraphs(target, {
      model,
      precision: 'fp16',
      layers: withoutBatchNorm(layers),
      inputSize: architecture.inputSize,
      normalisation,
      k,
    });
  });
}

/** The accuracy stays what was measured in float32, and says so. */
function provenanceOf({ name, digest, manifest }: Bundle): BundleManifest['provenance'] {
  const { accuracy, notes, ...rest } = manifest.provenance;
  const folded = manifest.architecture?.batchNorm === true ? ', batch norm folded in' : '';
  const conversion = `float16 of ${name} ${digest}${folded}`;
  return {
    ...rest,
    ...(accuracy === undefined ? {} : { accuracy: `${accuracy}, in fp32` }),
    notes: notes === undefined ? conversion : `${conversion}; ${notes}`,
  };
}

/** The outcome as lines for a terminal. */
export function conversionLines(from: Bundle, to: Bundle): string[] {
  const megabytes = ({ manifest }: Bundle) =>
    `${(manifest.weights.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6).toFixed(1)} MB`;
  return [
    `${to.name} is ready in ${to.folder}`,
    `weights   ${megabytes(to)}, ${from.name} has ${megabytes(from)}`,
    `graphs    ${to.manifest.graphs.length}, of batch sizes for CUDA in both layouts`,
  ];
}
