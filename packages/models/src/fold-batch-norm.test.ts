import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Layer, reference, side } from '../test/float64-vgg.ts';
import { quieten, randomLayers, thin, writeWeights } from '../test/random-weights.ts';
import { runGraph, somePixels, worstError } from '../test/run-graph.ts';
import { writeGraph } from '../test/write-graph.ts';
import { foldBatchNorm } from './fold-batch-norm.ts';
import { vggLayers, withoutBatchNorm } from './vgg-layers.ts';

it('scales by γ/√(variance + 1e-5), and moves by what is left', () => {
  const folded = foldBatchNorm(Float32Array.of(3, 1), {
    weight: Float32Array.of(2, -1),
    bias: Float32Array.of(0.5, 0),
    running_mean: Float32Array.of(1, 1),
    running_var: Float32Array.of(4, 0),
  });
  // 2 / √4.00001 and −1 / √0.00001; (3 − 1) · scale + 0.5 and (1 − 1) · scale + 0.
  expect(folded.scale[0]).toBeCloseTo(0.99999875, 8);
  expect(folded.scale[1]).toBeCloseTo(-316.2277660168, 9);
  expect(folded.bias[0]).toBeCloseTo(2.4999975, 7);
  expect(folded.bias[1]).toBeCloseTo(0, 12);
});

it('leaves a network that computes the same, in float32', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fold-'));
  try {
    const architecture = thin('C', true);
    const layers = quieten(randomLayers(architecture), 0.4);
    const pixels = somePixels(side * side);
    const { probabilities } = reference('C', layers, pixels);
    const folded = new Map([...layers].map(([name, layer]) => [name, fold(layer)]));
    const weights = await writeWeights(folder, folded);
    const graph = await writeGraph(architecture, weights, {
      layers: withoutBatchNorm(vggLayers(architecture)),
    });
    const { score, index } = await runGraph(graph, pixels, [1, side, side, 3]);
    expect(
      worstError(
        score,
        index.map((place) => probabilities[place]!),
      ),
    ).toBeLessThan(1e-4);
  } finally {
    await rm(folder, { recursive: true });
  }
});

function fold({ shape, weight, bias, batchNorm }: Layer): Layer {
  if (batchNorm === undefined) return { shape, weight, bias };
  const folded = foldBatchNorm(bias, batchNorm);
  const perChannel = weight.length / bias.length;
  return {
    shape,
    weight: weight.map((value, place) => value * folded.scale[Math.floor(place / perChannel)]!),
    bias: Float32Array.from(folded.bias),
  };
}
