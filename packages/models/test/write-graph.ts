/** Writes a graph over weights that are there already. */
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { SafetensorsHeader } from '../src/safetensors.ts';
import { buildVggGraph, type VggGraphOptions } from '../src/vgg-graph.ts';
import { vggLayers, withoutBatchNorm } from '../src/vgg-layers.ts';
import type { VggArchitecture } from '../src/vgg-table.ts';
import { mean, std } from './float64-vgg.ts';

export type GraphChoice = Partial<
  Pick<VggGraphOptions, 'kind' | 'layout' | 'batch' | 'precision' | 'layers' | 'k'>
>;

export function graphBytes(
  architecture: VggArchitecture,
  weights: SafetensorsHeader,
  choice: GraphChoice = {},
): Uint8Array {
  const layers = vggLayers(architecture);
  return buildVggGraph({
    name: 'test',
    layers: choice.precision === 'fp16' ? withoutBatchNorm(layers) : layers,
    inputSize: architecture.inputSize,
    weights,
    weightsFile: basename(weights.path),
    precision: 'fp32',
    normalisation: { mean: [...mean], std: [...std] },
    kind: 'labels',
    layout: 'nchw',
    k: 10,
    batch: null,
    ...choice,
  });
}

/** @returns the graph's path, in the weights' folder. */
export async function writeGraph(...parameters: Parameters<typeof graphBytes>): Promise<string> {
  const [, weights, choice = {}] = parameters;
  const path = join(dirname(weights.path), `${choice.kind ?? 'labels'}-${basename(weights.path)}.onnx`);
  await writeFile(path, graphBytes(...parameters));
  return path;
}
