/** Which graphs a VGG bundle holds. They are made with the bundle, because a pod's disk is read-only. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BundleManifest, GraphKind, GraphLayout } from './bundle-schema.ts';
import { readSafetensorsHeader } from './safetensors.ts';
import { buildVggGraph } from './vgg-graph.ts';
import type { VggLayer } from './vgg-layers.ts';

/** The VGG bundles' one weights file. */
export const weightsFile = 'model.safetensors';

/** CUDA's convolution plans anew at every change of shape, so a session has one of these and pads the tail. */
const cudaBatchSizes = [1, 8, 16, 32, 64, 128, 256] as const;

export interface GraphVariant {
  readonly file: string;
  readonly kind: GraphKind;
  readonly layout: GraphLayout;
  readonly batch: number | null;
}

/**
 * Any batch of labels, features and dense scores; labels and features at CUDA's batch sizes; and in fp16, which is for
 * CUDA, labels in the layout that its tensor cores prefer. The first is what every machine can run.
 */
export function graphVariants(precision: 'fp32' | 'fp16'): readonly GraphVariant[] {
  const ofAnyBatch = (kind: GraphKind, file: string): GraphVariant => ({
    file: `${file}.onnx`,
    kind,
    layout: 'nchw',
    batch: null,
  });
  const fixed = (kind: GraphKind, layout: GraphLayout, stem: string): GraphVariant[] =>
    cudaBatchSizes.map((batch) => ({ file: `${stem}-b${batch}.onnx`, kind, layout, batch }));
  return [
    ofAnyBatch('labels', 'model'),
    ofAnyBatch('features', 'features'),
    ofAnyBatch('dense', 'dense'),
    ...fixed('labels', 'nchw', 'model'),
    ...fixed('features', 'nchw', 'features'),
    ...(precision === 'fp16' ? fixed('labels', 'nhwc', 'model-nhwc') : []),
  ];
}

export interface GraphWriting {
  readonly model: string;
  readonly precision: 'fp32' | 'fp16';
  readonly layers: readonly VggLayer[];
  readonly inputSize: number;
  readonly normalisation: BundleManifest['normalisation'];
  readonly k: number;
}

/**
 * Writes all variants beside the weights file in this folder.
 *
 * @throws UsageError as `readSafetensorsHeader` and `bindTensors` do.
 */
export async function writeGraphs(folder: string, options: GraphWriting): Promise<void> {
  const { model, ...network } = options;
  const weights = await readSafetensorsHeader(join(folder, weightsFile));
  for (const { file, ...variant } of graphVariants(network.precision)) {
    const graph = buildVggGraph({ ...network, ...variant, name: model, weights, weightsFile });
    await writeFile(join(folder, file), graph, { flush: true });
  }
}
