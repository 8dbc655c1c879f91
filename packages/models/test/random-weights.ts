/** Random weights for the networks of float64-vgg.ts, and the files that hold them. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensorsHeader, type SafetensorsHeader } from '../src/safetensors.ts';
import { type TensorDeclaration, writeSafetensors } from '../src/safetensors-writer.ts';
import type { VggArchitecture, VggConfiguration } from '../src/vgg-table.ts';
import { type BatchNorm, classes, hidden, type Layer, side, steps } from './float64-vgg.ts';

/** A sixteenth of the paper's width, as float64-vgg.ts has it. */
export function thin(configuration: VggConfiguration, batchNorm = false, inputSize = side): VggArchitecture {
  return { configuration, batchNorm, widthMultiplier: 1 / 16, inputSize, fullyConnected: hidden, classes };
}

/** A plain generator for the tests' own numbers from 0 to 1 (Numerical Recipes' LCG). */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Keyed by torchvision's names: N counts conv, batch norm and ReLU one each, pooling one, LRN none. */
export function randomLayers({
  configuration,
  batchNorm,
  inputSize,
  classes,
}: VggArchitecture): Map<string, Layer> {
  const next = numbers(7);
  const layers = new Map<string, Layer>();
  const between = (length: number, low: number, high: number) =>
    Float32Array.from({ length }, () => low + (high - low) * next());
  const add = (name: string, shape: readonly number[], normalised: boolean): void => {
    const outputs = shape[0] ?? 0;
    const inputs = shape.slice(1).reduce((product, size) => product * size, 1);
    // The first layer is loud, so that LRN's sum of squares counts beside its constant 2.
    const loudness = name === 'features.0' ? 40 : 1;
    const bound = Math.sqrt(6 / inputs) * loudness;
    const weight = between(outputs * inputs, -bound, bound);
    const layer = { shape, weight, bias: between(outputs, -0.5, 0.5) };
    layers.set(name, normalised ? { ...layer, batchNorm: randomBatchNorm(outputs, loudness) } : layer);
  };
  /** Far from the identity; means and variances about those of the convolution's outputs. */
  const randomBatchNorm = (channels: number, loudness: number): BatchNorm => ({
    weight: between(channels, -1.5, 1.5),
    bias: between(channels, -0.5, 0.5),
    running_mean: between(channels, -loudness, loudness),
    running_var: between(channels, -1, 1).map((exponent) => 2 * loudness ** 2 * 10 ** exponent),
  });
  let featureIndex = 0;
  let channels = 3;
  for (const step of steps[configuration]) {
    if (step === 'M') featureIndex += 1;
    if (step === 'M' || step === 'LRN') continue;
    add(`features.${featureIndex}`, [step[1], channels, step[0], step[0]], batchNorm);
    channels = step[1];
    featureIndex += batchNorm ? 3 : 2;
  }
  add('classifier.0', [hidden, channels * Math.floor(inputSize / 32) ** 2], false);
  add('classifier.3', [hidden, hidden], false);
  add('classifier.6', [classes, hidden], false);
  return layers;
}

/** Brings the last layer's outputs near to each other: spread-out ones would leave probabilities of 1 and 0. */
export function quieten(layers: Map<string, Layer>, factor: number): Map<string, Layer> {
  const last = layers.get('classifier.6');
  last?.weight.forEach((value, place) => {
    last.weight[place] = value * factor;
  });
  return layers;
}

/** A float32 safetensors file in this folder. */
export async function writeWeights(
  folder: string,
  layers: Map<string, Layer>,
  naming: 'torchvision' | 'timm' = 'torchvision',
): Promise<SafetensorsHeader> {
  const window = Math.sqrt((layers.get('classifier.0')?.shape[1] ?? 0) / 32);
  const timm: Record<string, [string, number[]]> = {
    'classifier.0': ['pre_logits.fc1', [hidden, 32, window, window]],
    'classifier.3': ['pre_logits.fc2', [hidden, hidden, 1, 1]],
    'classifier.6': ['head.fc', [...(layers.get('classifier.6')?.shape ?? [])]],
  };
  const tensors: TensorDeclaration[] = [];
  const body: Uint8Array[] = [];
  const add = (name: string, shape: readonly number[], values: Float32Array | BigInt64Array): void => {
    tensors.push({ name, shape, dtype: values instanceof Float32Array ? 'F32' : 'I64' });
    body.push(new Uint8Array(values.buffer));
  };
  for (const [name, { shape, weight, bias, batchNorm }] of layers) {
    const [as, shaped] = (naming === 'timm' ? timm[name] : undefined) ?? [name, shape];
    add(`${as}.weight`, shaped, weight);
    add(`${as}.bias`, [bias.length], bias);
    if (batchNorm === undefined) continue;
    const norm = `features.${Number(name.slice('features.'.length)) + 1}`;
    for (const [role, values] of Object.entries(batchNorm)) add(`${norm}.${role}`, [bias.length], values);
    add(`${norm}.num_batches_tracked`, [], BigInt64Array.of(100n));
  }
  const path = join(folder, 'model.safetensors');
  await rm(path, { force: true });
  await writeSafetensors(path, tensors, body);
  return readSafetensorsHeader(path);
}
