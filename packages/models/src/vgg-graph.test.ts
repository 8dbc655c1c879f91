import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classes, hidden, type Layer, mean, reference, side, std, steps } from '../test/float64-vgg.ts';
import { readSafetensorsHeader, type SafetensorsHeader } from './safetensors.ts';
import { writeSafetensors } from './safetensors-writer.ts';
import { buildVggGraph } from './vgg-graph.ts';
import type { VggArchitecture, VggConfiguration } from './vgg-table.ts';

const images = 3;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vgg-graph-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('buildVggGraph', () => {
  it.each(Object.keys(steps) as VggConfiguration[])(
    'computes configuration %s as float64 does',
    async (configuration) => {
      const layers = randomLayers(configuration);
      const pixels = randomPixels();
      const { score, index } = await run(configuration, layers, 'torchvision', pixels, null);
      for (let image = 0; image < images; image++) {
        const one = pixels.subarray(image * side * side * 3, (image + 1) * side * side * 3);
        const expected = [...reference(configuration, layers, one).entries()]
          .sort(([, a], [, b]) => b - a)
          .slice(0, 10);
        expect(index.slice(image * 10, image * 10 + 10)).toEqual(expected.map(([place]) => place));
        expected.forEach(([, probability], place) => {
          const relativeError = Math.abs((score[image * 10 + place] ?? Number.NaN) / probability - 1);
          expect(relativeError).toBeLessThan(1e-4);
        });
      }
    },
  );

  it("gives the same scores over timm's tensors", async () => {
    const layers = randomLayers('D');
    const pixels = randomPixels();
    const ours = await run('D', layers, 'torchvision', pixels, null);
    expect(await run('D', layers, 'timm', pixels, null)).toEqual(ours);
  });

  it('gives the same scores at a fixed batch size, and takes no other', async () => {
    const layers = randomLayers('A');
    const pixels = randomPixels();
    const ours = await run('A', layers, 'torchvision', pixels, null);
    expect(await run('A', layers, 'torchvision', pixels, images)).toEqual(ours);
    await expect(run('A', layers, 'torchvision', pixels, images + 1)).rejects.toThrow(/dimension/i);
  });

  it('stays a few kilobytes, because the weights are elsewhere', async () => {
    const weights = await weightsFile('E', randomLayers('E'), 'torchvision');
    expect(graphOf('E', weights, null).length).toBeLessThan(8_000);
  });
});

/** A plain generator for the test's own numbers (Numerical Recipes' LCG). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function randomPixels(): Uint8Array {
  return Uint8Array.from(
    { length: images * side * side * 3 },
    (_, place) => (place * 31 + (place >> 5) * 17) % 251,
  );
}

/** Keyed by torchvision's names: N counts conv and ReLU one each, pooling one, LRN none. */
function randomLayers(configuration: VggConfiguration): Map<string, Layer> {
  const next = numbers(7);
  const layers = new Map<string, Layer>();
  const add = (name: string, shape: readonly number[]): void => {
    const inputs = shape.slice(1).reduce((product, size) => product * size, 1);
    // The first layer is loud, so that LRN's sum of squares counts beside its constant 2.
    const scale = Math.sqrt(6 / inputs) * (name === 'features.0' ? 40 : 1);
    const weight = Float32Array.from({ length: (shape[0] ?? 0) * inputs }, () => (2 * next() - 1) * scale);
    layers.set(name, {
      shape,
      weight,
      bias: Float32Array.from({ length: shape[0] ?? 0 }, () => next() - 0.5),
    });
  };
  let featureIndex = 0;
  let channels = 3;
  for (const step of steps[configuration]) {
    if (step === 'M') featureIndex += 1;
    if (step === 'M' || step === 'LRN') continue;
    add(`features.${featureIndex}`, [step[1], channels, step[0], step[0]]);
    channels = step[1];
    featureIndex += 2;
  }
  add('classifier.0', [hidden, channels * (side / 32) ** 2]);
  add('classifier.3', [hidden, hidden]);
  add('classifier.6', [classes, hidden]);
  // Spread-out logits would leave probabilities of 1 and 0; the loud first layer goes through to the end.
  const last = layers.get('classifier.6');
  last?.weight.forEach((value, place) => {
    last.weight[place] = value / 100;
  });
  return layers;
}

async function weightsFile(
  configuration: string,
  layers: Map<string, Layer>,
  naming: string,
): Promise<SafetensorsHeader> {
  const timm: Record<string, [string, number[]]> = {
    'classifier.0': ['pre_logits.fc1', [hidden, 32, side / 32, side / 32]],
    'classifier.3': ['pre_logits.fc2', [hidden, hidden, 1, 1]],
    'classifier.6': ['head.fc', [classes, hidden]],
  };
  const tensors = [...layers].flatMap(([name, { shape, bias }]) => {
    const [as, shaped] = (naming === 'timm' ? timm[name] : undefined) ?? [name, shape];
    return [
      { name: `${as}.weight`, dtype: 'F32' as const, shape: shaped },
      { name: `${as}.bias`, dtype: 'F32' as const, shape: [bias.length] },
    ];
  });
  const body = [...layers.values()].flatMap(({ weight, bias }) =>
    [weight, bias].map((part) => new Uint8Array(part.buffer)),
  );
  const path = join(folder, `${configuration}-${naming}.safetensors`);
  await rm(path, { force: true });
  await writeSafetensors(path, tensors, body);
  return readSafetensorsHeader(path);
}

async function run(
  configuration: VggConfiguration,
  layers: Map<string, Layer>,
  naming: string,
  pixels: Uint8Array,
  batch: number | null,
): Promise<{ score: number[]; index: number[] }> {
  const weights = await weightsFile(configuration, layers, naming);
  const graph = join(folder, `${configuration}.onnx`);
  await writeFile(graph, graphOf(configuration, weights, batch));
  const session = await InferenceSession.create(graph, { intraOpNumThreads: 1 });
  try {
    const { score, index } = await session.run({
      image: new Tensor('uint8', pixels, [images, side, side, 3]),
    });
    expect([score?.dims, index?.dims]).toEqual([
      [images, 10],
      [images, 10],
    ]);
    return {
      score: Array.from(score?.data as Float32Array),
      index: Array.from(index?.data as BigInt64Array, Number),
    };
  } finally {
    await session.release();
  }
}

function graphOf(configuration: VggConfiguration, weights: SafetensorsHeader, batch: number | null) {
  const architecture: VggArchitecture = {
    configuration,
    widthMultiplier: 1 / 16,
    inputSize: side,
    fullyConnected: hidden,
    classes,
  };
  const normalisation = {
    mean: [...mean] as [number, number, number],
    std: [...std] as [number, number, number],
  };
  return buildVggGraph({
    architecture,
    weights,
    weightsFile: basename(weights.path),
    normalisation,
    k: 10,
    batch,
  });
}
