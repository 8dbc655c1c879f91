import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { InferenceSession } from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asNchw } from '../test/as-nchw.ts';
import { type Layer, type Reference, reference, side, steps } from '../test/float64-vgg.ts';
import { quieten, randomLayers, thin, writeWeights } from '../test/random-weights.ts';
import { type GraphRun, runGraph, somePixels, worstError } from '../test/run-graph.ts';
import { graphBytes, writeGraph } from '../test/write-graph.ts';
import { writeFloat16Weights } from './float16-weights.ts';
import { readSafetensorsHeader, type SafetensorsHeader } from './safetensors.ts';
import { vggLayers } from './vgg-layers.ts';
import type { VggArchitecture, VggConfiguration } from './vgg-table.ts';

const images = 2;
const shape = [images, side, side, 3];
const pixels = somePixels(images * side * side);

/** All that the catalogue has, at a sixteenth of the width. */
const networks = (Object.keys(steps) as VggConfiguration[]).flatMap((configuration) => [
  [configuration, thin(configuration)] as const,
  ...(configuration === 'A-LRN'
    ? []
    : [[`${configuration} with batch norm`, thin(configuration, true)] as const]),
]);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vgg-graph-'));
});
afterEach(() => rm(folder, { recursive: true }));

function layersOf(architecture: VggArchitecture): Map<string, Layer> {
  return quieten(randomLayers(architecture), architecture.batchNorm ? 0.4 : 0.01);
}

async function halved(weights: SafetensorsHeader, architecture: VggArchitecture): Promise<SafetensorsHeader> {
  const path = join(folder, 'half.safetensors');
  await writeFloat16Weights(path, weights, vggLayers(architecture), () => {});
  return readSafetensorsHeader(path);
}

function expectations({ configuration }: VggArchitecture, layers: Map<string, Layer>): Reference[] {
  return Array.from({ length: images }, (_, image) =>
    reference(configuration, layers, pixels.subarray(image * side * side * 3, (image + 1) * side * side * 3)),
  );
}

/** The ranking may differ where float64 has two classes nearer to each other than the bound. */
function expectScores(run: GraphRun, expected: readonly Reference[], bound: number): void {
  expected.forEach(({ probabilities }, image) => {
    const [from, to] = [image * 10, image * 10 + 10];
    const ranked = run.index.slice(from, to);
    expect(new Set(ranked).size).toBe(10);
    expect(
      worstError(
        run.score.slice(from, to),
        ranked.map((place) => probabilities[place]!),
      ),
    ).toBeLessThan(bound);
    const best = probabilities.toSorted((a, b) => b - a).slice(0, 10);
    expect(worstError(run.score.slice(from, to), best)).toBeLessThan(bound);
  });
}

/** ReLU leaves zeros, so the error is relative to the largest feature. */
function expectFeatures(run: GraphRun, expected: readonly Reference[], bound: number): void {
  const features = expected.flatMap((one) => one.features);
  const largest = Math.max(...features);
  expect(run.features).toHaveLength(features.length);
  run.features.forEach((value, place) => {
    expect(Math.abs(value - features[place]!) / largest).toBeLessThan(bound);
  });
}

describe('buildVggGraph', () => {
  it.each(networks)('computes %s as float64 does, in float32 and in float16', async (_, architecture) => {
    const layers = layersOf(architecture);
    const expected = expectations(architecture, layers);
    const weights = await writeWeights(folder, layers);
    expectScores(await runGraph(await writeGraph(architecture, weights), pixels, shape), expected, 1e-4);
    const half = await halved(weights, architecture);
    const graph = await writeGraph(architecture, half, { precision: 'fp16' });
    expectScores(await runGraph(graph, pixels, shape), expected, 2e-2);
  });

  it.each(networks.filter(([name]) => name.startsWith('D')))(
    'gives the features of %s beside the same scores',
    async (_, architecture) => {
      const layers = layersOf(architecture);
      const expected = expectations(architecture, layers);
      const weights = await writeWeights(folder, layers);
      const labels = await runGraph(await writeGraph(architecture, weights), pixels, shape);
      const run = await runGraph(
        await writeGraph(architecture, weights, { kind: 'features' }),
        pixels,
        shape,
      );
      expect({ score: run.score, index: run.index }).toEqual({ score: labels.score, index: labels.index });
      expectFeatures(run, expected, 1e-4);
      const half = await halved(weights, architecture);
      const graph = await writeGraph(architecture, half, { precision: 'fp16', kind: 'features' });
      expectFeatures(await runGraph(graph, pixels, shape), expected, 2e-2);
    },
  );

  it.each(networks.filter(([name]) => name.startsWith('D')))(
    "gives the same scores over timm's tensors of %s",
    async (_, architecture) => {
      const layers = layersOf(architecture);
      const ours = await runGraph(
        await writeGraph(architecture, await writeWeights(folder, layers)),
        pixels,
        shape,
      );
      const timm = await writeWeights(folder, layers, 'timm');
      expect(timm.tensors.has('pre_logits.fc1.weight')).toBe(true);
      expect(await runGraph(await writeGraph(architecture, timm), pixels, shape)).toEqual(ours);
    },
  );

  it('gives the same scores at a fixed batch size, and takes no other', async () => {
    const architecture = thin('A');
    const weights = await writeWeights(folder, layersOf(architecture));
    const ours = await runGraph(await writeGraph(architecture, weights), pixels, shape);
    const fixed = await writeGraph(architecture, weights, { batch: images });
    expect(await runGraph(fixed, pixels, shape)).toEqual(ours);
    const more = somePixels((images + 1) * side * side);
    await expect(runGraph(fixed, more, [images + 1, side, side, 3])).rejects.toThrow(/dimension/i);
  });

  it.each([
    ['A-LRN', false],
    ['C', false],
    ['D', true],
  ] as const)('computes %s in NHWC as in NCHW (batch norm: %s)', async (configuration, batchNorm) => {
    const architecture = thin(configuration, batchNorm);
    const layers = layersOf(architecture);
    const half = await halved(await writeWeights(folder, layers), architecture);
    const nhwc = graphBytes(architecture, half, { precision: 'fp16', layout: 'nhwc' });
    const convolutions = fromBinary(ModelProtoSchema, nhwc).graph?.node.filter(
      ({ opType }) => opType === 'Conv',
    );
    expect(convolutions?.every(({ domain }) => domain === 'com.ms.internal.nhwc')).toBe(true);
    const path = join(folder, 'nhwc.onnx');
    await writeFile(path, asNchw(nhwc));
    expectScores(await runGraph(path, pixels, shape), expectations(architecture, layers), 2e-2);
  });

  it('is known to ONNX Runtime in NHWC, but for a kernel on the CPU', async () => {
    const architecture = thin('A');
    const half = await halved(await writeWeights(folder, layersOf(architecture)), architecture);
    const path = await writeGraph(architecture, half, { precision: 'fp16', layout: 'nhwc' });
    await expect(InferenceSession.create(path)).rejects.toThrow(
      /Failed to find kernel for com\.ms\.internal\.nhwc\.\w+\(1[12]\)/,
    );
  });

  it('leaves no batch norm to run: ONNX Runtime folds them when it loads the graph', async () => {
    const architecture = thin('B', true);
    const graph = await writeGraph(architecture, await writeWeights(folder, layersOf(architecture)));
    const optimisedModelFile = join(folder, 'optimised.onnx');
    const session = await InferenceSession.create(graph, {
      optimizedModelFilePath: optimisedModelFile,
      graphOptimizationLevel: 'basic',
      logSeverityLevel: 3,
    });
    await session.release();
    const operators = async (path: string) =>
      fromBinary(ModelProtoSchema, await readFile(path)).graph?.node.map(({ opType }) => opType) ?? [];
    expect((await operators(graph)).filter((type) => type === 'BatchNormalization')).toHaveLength(10);
    expect(await operators(optimisedModelFile)).not.toContain('BatchNormalization');
  });

  it('stays a few kilobytes, because the weights are elsewhere', async () => {
    const architecture = thin('E', true);
    const weights = await writeWeights(folder, layersOf(architecture));
    expect(graphBytes(architecture, weights).length).toBeLessThan(16_000);
  });
});
