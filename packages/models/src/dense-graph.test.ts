import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { classes, type Layer, reference } from '../test/float64-vgg.ts';
import { quieten, randomLayers, thin, writeWeights } from '../test/random-weights.ts';
import { byClass, runGraph, somePixels, worstError } from '../test/run-graph.ts';
import { writeGraph } from '../test/write-graph.ts';
import { writeFloat16Weights } from './float16-weights.ts';
import { readSafetensorsHeader } from './safetensors.ts';
import { vggLayers } from './vgg-layers.ts';
import type { VggArchitecture } from './vgg-table.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dense-graph-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Scores in class order of the whole image, by the dense graph. */
async function denseScores(
  architecture: VggArchitecture,
  layers: Map<string, Layer>,
  pixels: Uint8Array,
  height: number,
  width: number,
): Promise<number[]> {
  const weights = await writeWeights(folder, layers);
  const graph = await writeGraph(architecture, weights, { kind: 'dense' });
  return byClass(await runGraph(graph, pixels, [1, height, width, 3]), classes);
}

/**
 * The softmax of the mean of the crops' scores, from the crops' probabilities p by the fixed network: their logarithms
 * are the scores but for a constant per crop, which the softmax takes away again.
 */
async function averageOfCrops(
  architecture: VggArchitecture,
  layers: Map<string, Layer>,
  pixels: Uint8Array,
  height: number,
  width: number,
): Promise<number[]> {
  const { inputSize } = architecture;
  const crops: Uint8Array[] = [];
  for (let top = 0; top + inputSize <= height; top += 32) {
    for (let left = 0; left + inputSize <= width; left += 32) {
      const rows = Array.from({ length: inputSize }, (_, row) => {
        const from = 3 * ((top + row) * width + left);
        return pixels.subarray(from, from + 3 * inputSize);
      });
      crops.push(Uint8Array.from(Buffer.concat(rows)));
    }
  }
  const graph = await writeGraph(architecture, await writeWeights(folder, layers), { k: classes });
  const all = Uint8Array.from(Buffer.concat(crops));
  const scores = byClass(await runGraph(graph, all, [crops.length, inputSize, inputSize, 3]), classes);
  const mean = Array.from({ length: classes }, (_, place) => {
    const logarithms = crops.map((_, crop) => Math.log(scores[crop * classes + place]!));
    return Math.exp(logarithms.reduce((total, value) => total + value, 0) / crops.length);
  });
  const total = mean.reduce((sum, value) => sum + value, 0);
  return mean.map((value) => value / total);
}

describe('a dense graph', () => {
  it.each([false, true])(
    'equals the fixed network at the training size (batch norm: %s)',
    async (batchNorm) => {
      const architecture = thin('D', batchNorm);
      const layers = quieten(randomLayers(architecture), batchNorm ? 0.4 : 0.01);
      const pixels = somePixels(64 * 64);
      const dense = await denseScores(architecture, layers, pixels, 64, 64);
      const fixed = await runGraph(
        await writeGraph(architecture, await writeWeights(folder, layers), { k: classes }),
        pixels,
        [1, 64, 64, 3],
      );
      expect(worstError(dense, byClass(fixed, classes))).toBeLessThan(1e-4);
    },
  );

  it.each([
    ['a larger image', 128, 96],
    ['sides that are no multiples of 32', 101, 139],
  ])('computes %s as float64 does', async (_, height, width) => {
    const architecture = thin('C');
    const layers = quieten(randomLayers(architecture), 0.05);
    const pixels = somePixels(height * width);
    const { probabilities } = reference('C', layers, pixels, height, width);
    const dense = await denseScores(architecture, layers, pixels, height, width);
    expect(worstError(dense, probabilities)).toBeLessThan(1e-4);
    const weights = await writeWeights(folder, layers);
    const path = join(folder, 'half.safetensors');
    await writeFloat16Weights(path, weights, vggLayers(architecture), () => {});
    const half = await writeGraph(architecture, await readSafetensorsHeader(path), {
      kind: 'dense',
      precision: 'fp16',
    });
    const halved = byClass(await runGraph(half, pixels, [1, height, width, 3]), classes);
    expect(worstError(halved, probabilities)).toBeLessThan(2e-2);
  });

  it('gives every image of a batch its own average', async () => {
    const architecture = thin('A');
    const weights = await writeWeights(folder, quieten(randomLayers(architecture), 0.05));
    const graph = await writeGraph(architecture, weights, { kind: 'dense' });
    const pixels = somePixels(2 * 96 * 96);
    const both = byClass(await runGraph(graph, pixels, [2, 96, 96, 3]), classes);
    const second = await runGraph(graph, pixels.subarray(3 * 96 * 96), [1, 96, 96, 3]);
    expect(worstError(both.slice(classes), byClass(second, classes))).toBeLessThan(1e-5);
  });

  /**
   * A crop's convolutions see zeros where the whole image's see the neighbouring pixels, so the two can only agree where
   * that does not reach. Without any spatial reach it must agree everywhere.
   */
  it('equals the average over the shifted crops where no convolution reaches beyond its pixel', async () => {
    const architecture = thin('D');
    const layers = quieten(randomLayers(architecture), 0.02);
    for (const { shape, weight } of layers.values()) {
      if (shape[2] !== 3) continue;
      weight.forEach((value, place) => {
        weight[place] = place % 9 === 4 ? 3 * value : 0;
      });
    }
    const pixels = somePixels(128 * 160);
    const crops = await averageOfCrops(architecture, layers, pixels, 128, 160);
    expect(worstError(await denseScores(architecture, layers, pixels, 128, 160), crops)).toBeLessThan(1e-4);
  });

  /**
   * Of A, one value behind the fifth pooling sees 150 pixels: 59 before its own 32, and 59 behind. In a crop of 160,
   * only the one in the middle of the 5×5 sees no padding: columns 64 − 59 = 5 to 96 + 59 = 155. A classifier that looks
   * at this one alone must give the same for the whole image and for the nine crops, whatever the convolutions do.
   */
  it('equals the average over the shifted crops in the interior, with convolutions as they are', async () => {
    const architecture = thin('A', false, 160);
    const layers = quieten(randomLayers(architecture), 0.05);
    const first = layers.get('classifier.0')!;
    first.weight.forEach((value, place) => {
      first.weight[place] = place % 25 === 12 ? 5 * value : 0;
    });
    const pixels = somePixels(224 * 224);
    const crops = await averageOfCrops(architecture, layers, pixels, 224, 224);
    expect(worstError(await denseScores(architecture, layers, pixels, 224, 224), crops)).toBeLessThan(1e-4);
    // One column to the right it already sees the padding: the bound above is not met by chance.
    first.weight.copyWithin(1, 0);
    const outside = await averageOfCrops(architecture, layers, pixels, 224, 224);
    expect(worstError(await denseScores(architecture, layers, pixels, 224, 224), outside)).toBeGreaterThan(
      1e-3,
    );
  });
});
