import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, fromBinary } from '@bufbuild/protobuf';
import { TensorProto_DataType as DataType, ModelProtoSchema, TensorProtoSchema } from 'onnx-buf';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  classes,
  type ForeignOptions,
  foreignClassifier,
  type Model,
  onnxBytes,
  size,
  value,
} from '../../test/foreign-classifier.ts';
import { readBundle, verifyBundleFiles } from '../read-bundle.ts';
import { readSafetensorsHeader } from '../safetensors.ts';
import { type AdoptOptions, adoptModel } from './adopt-model.ts';
import { adoptionLines } from './adoption-lines.ts';
import { openGraph } from './onnxruntime-graph.ts';
import { testedOpsets } from './require-adoptable.ts';
import { scaledNormalisation } from './scaled-normalisation.ts';

const labels = Array.from({ length: classes }, (_, i) => ({ id: `c${i}`, label: `class ${i}` }));
const mean = [0.485, 0.456, 0.406];
const std = [0.229, 0.224, 0.225];
const rows = 5;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adopt-model-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function adopt(model: Model | Uint8Array, options: Partial<AdoptOptions> = {}) {
  const file = join(folder, 'foreign.onnx');
  await writeFile(file, model instanceof Uint8Array ? model : onnxBytes(model));
  const root = join(folder, 'models');
  return adoptModel({ file, name: 'foreign', folder: root, classes: labels, openGraph, ...options });
}

/** Some of everything: ramps, edges, one flat image. [rows, size, size, 3] */
const pixels = Uint8Array.from({ length: rows * size * size * 3 }, (_, i) => {
  const image = Math.floor(i / (size * size * 3));
  return image === 0 ? 128 : (i * (image + 3) * 7 + ((i >> 5) % 3) * 90) % 256;
});

/** The original's raw outputs, fed one image at a time by the convention it was trained with. */
async function originalOutputs(
  path: string,
  feed: (pixel: number, channel: number) => number,
  options: ForeignOptions,
) {
  const { layout = 'NCHW', type = 'float32' } = options;
  const session = await InferenceSession.create(path);
  const outputs: Float32Array[] = [];
  for (let row = 0; row < rows; row++) {
    const numbers: number[] = [];
    for (let i = 0; i < size * size * 3; i++) {
      const [pixel, channel] =
        layout === 'NHWC' ? [Math.floor(i / 3), i % 3] : [i % (size * size), Math.floor(i / (size * size))];
      numbers.push(feed(row * size * size + pixel, channel));
    }
    const dims = layout === 'NHWC' ? [1, size, size, 3] : [1, 3, size, size];
    const data = type === 'uint8' ? Uint8Array.from(numbers) : Float32Array.from(numbers);
    const { [session.outputNames[0]!]: output } = await session.run({
      [session.inputNames[0]!]: new Tensor(type, data as Float32Array, dims),
    });
    outputs.push(output!.data as Float32Array);
  }
  return outputs;
}

const imagenet = (pixel: number, channel: number) =>
  (pixels[3 * pixel + channel]! / 255 - mean[channel]!) / std[channel]!;
const bytes = (pixel: number, channel: number) => pixels[3 * pixel + channel]!;

const softmax = (logits: readonly number[]) => {
  const powers = logits.map(Math.exp);
  return powers.map((power) => power / powers.reduce((a, b) => a + b));
};
const sigmoid = (logits: readonly number[]) => logits.map((logit) => 1 / (1 + Math.exp(-logit)));
const asTheyAre = (scores: readonly number[]) => scores;

/** Runs the bundle as the engine does, all images in one batch, and compares every score and every place. */
async function expectSameScores(
  bundleFolder: string,
  originals: readonly Float32Array[],
  activate: (raw: readonly number[]) => readonly number[],
) {
  const session = await InferenceSession.create(join(bundleFolder, 'model.onnx'));
  const { score, index } = await session.run({ image: new Tensor('uint8', pixels, [rows, size, size, 3]) });
  expect([score!.type, index!.type, score!.dims, index!.dims]).toEqual([
    'float32',
    'int64',
    [rows, 10],
    [rows, 10],
  ]);
  for (const [row, original] of originals.entries()) {
    const best = activate([...original])
      .map((probability, label) => ({ probability, label }))
      .sort((a, b) => b.probability - a.probability)
      .slice(0, 10);
    const places = [...(index!.data as BigInt64Array)].slice(row * 10, row * 10 + 10).map(Number);
    expect(places).toEqual(best.map(({ label }) => label));
    const scores = [...(score!.data as Float32Array)].slice(row * 10, row * 10 + 10);
    for (const [rank, found] of scores.entries()) {
      const expected = best[rank]!.probability;
      expect(Math.abs(found - expected)).toBeLessThan(1e-6 * Math.max(1, Math.abs(best[0]!.probability)));
    }
  }
}

const conventions: [string, ForeignOptions, (raw: readonly number[]) => readonly number[]][] = [
  ['NCHW, logits', {}, softmax],
  ['NHWC, probabilities', { layout: 'NHWC', ending: 'Softmax' }, asTheyAre],
  ['a batch of 1 with a Reshape constant', { batch: 1, reshape: true }, softmax],
  [
    'initializers among the inputs, numbers in float_data',
    { listsInitializers: true, numbers: 'floatData' },
    softmax,
  ],
  ['multi-label, its own sigmoid', { ending: 'Sigmoid' }, asTheyAre],
];

describe('adoptModel gives the scores of the original', () => {
  for (const opset of [8, 17]) {
    it.each(conventions)(`at opset ${opset}: %s`, async (_, options, activate) => {
      const { bundle, check } = await adopt(foreignClassifier({ opset, ...options }));
      expect(check.worst).toBeLessThan(1e-6);
      const originals = await originalOutputs(join(folder, 'foreign.onnx'), imagenet, options);
      await expectSameScores(bundle.folder, originals, activate);
    });
  }

  it.each(testedOpsets)('at opset %d', async (opset) => {
    const { bundle } = await adopt(foreignClassifier({ opset }));
    const originals = await originalOutputs(join(folder, 'foreign.onnx'), imagenet, {});
    await expectSameScores(bundle.folder, originals, softmax);
  });

  it('for a uint8 input, whose bytes stay as they are', async () => {
    const options: ForeignOptions = { type: 'uint8', layout: 'NHWC' };
    const { bundle } = await adopt(foreignClassifier(options));
    const originals = await originalOutputs(join(folder, 'foreign.onnx'), bytes, options);
    await expectSameScores(bundle.folder, originals, softmax);
    expect(bundle.manifest.normalisation).toEqual({ mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] });
  });

  it("for Caffe's convention: BGR, a mean taken off, no scaling", async () => {
    const [red, green, blue] = [123.68, 116.779, 103.939];
    const { bundle } = await adopt(foreignClassifier(), {
      channels: 'bgr',
      activation: 'none', // a softmax of such large numbers would be 0 and 1
      normalisation: scaledNormalisation([red, green, blue], [1, 1, 1], 1),
    });
    const caffe = (pixel: number, channel: number) =>
      bytes(pixel, 2 - channel) - [blue, green, red][channel]!;
    const originals = await originalOutputs(join(folder, 'foreign.onnx'), caffe, {});
    await expectSameScores(bundle.folder, originals, asTheyAre);
  });

  it('for multi-label logits, with a sigmoid of ours', async () => {
    const { bundle } = await adopt(foreignClassifier(), { activation: 'sigmoid' });
    const originals = await originalOutputs(join(folder, 'foreign.onnx'), imagenet, {});
    await expectSameScores(bundle.folder, originals, sigmoid);
  });

  it('where values inside have the names of our contract', async () => {
    const model = foreignClassifier({ inputName: 'score', outputName: 'index' });
    for (const node of model.graph.node) {
      const taken: Record<string, string> = { conv: 'image', pool: 'labelmill.topk', relu: 'foreign.image' };
      node.input = node.input.map((name) => taken[name] ?? name);
      node.output = node.output.map((name) => taken[name] ?? name);
    }
    const { bundle } = await adopt(model);
    const originals = await originalOutputs(join(folder, 'foreign.onnx'), imagenet, {});
    await expectSameScores(bundle.folder, originals, softmax);
  });
});

describe('adoptModel', () => {
  it('makes a whole bundle that says what was done', async () => {
    const adopted = await adopt(foreignClassifier({ batch: 1, reshape: true }), {
      provenance: { licence: 'MIT' },
    });
    const { bundle } = adopted;
    expect(adoptionLines(adopted)).toEqual([
      `foreign-fp32 is ready in ${bundle.folder}`,
      '  opset 17',
      '  input data float32 NCHW RGB',
      '  output scores, softmax added',
      '  batch of 1 made free',
      '  images resized to 18, cut to 16×16; mean 0.485, 0.456, 0.406, std 0.229, 0.224, 0.225 of 0…1',
      expect.stringMatching(
        /^ {2}2 images through the old graph and the new one: scores differ by \d\.\de-\d+ at most$/,
      ),
    ]);
    expect(await readBundle(bundle.folder)).toEqual(bundle);
    await verifyBundleFiles(bundle);
    expect(await readdir(bundle.folder)).toEqual(['model.json', 'model.onnx', 'model.safetensors']);
    expect(bundle.manifest).toMatchObject({
      model: 'foreign',
      precision: 'fp32',
      preprocessing: { resize: 18, crop: 16 }, // 16 · 256 / 224 = 18.3
      activation: 'softmax',
      classes: labels,
      k: 10,
      provenance: {
        origin: expect.stringMatching(/^foreign\.onnx \(sha256 [0-9a-f]{64}\)$/),
        licence: 'MIT',
        notes:
          'adopted: opset 17; input data float32 NCHW RGB; output scores, softmax added; batch of 1 made free',
      },
    });
  });

  it("takes ImageNet's labels where none are given, and refuses them for another number of classes", async () => {
    const file = join(folder, 'foreign.onnx');
    await writeFile(file, onnxBytes(foreignClassifier()));
    await expect(adoptModel({ file, name: 'foreign', folder, openGraph })).rejects.toThrow(
      'output scores has 12 classes, and there are 1000 labels',
    );
  });

  it('moves large initializers out, aligned, and leaves small ones', async () => {
    const model = foreignClassifier({ listsInitializers: true });
    const bytes = { name: 'bytes', dataType: DataType.UINT8, dims: [1501n], int32Data: Array(1501).fill(7) };
    model.graph.initializer.unshift(create(TensorProtoSchema, bytes));
    model.graph.input.push(value('bytes', DataType.UINT8, [1501]));
    const { bundle } = await adopt(model);
    const { tensors } = await readSafetensorsHeader(join(bundle.folder, 'model.safetensors'));
    expect([...tensors.keys()].toSorted()).toEqual(['bytes', 'conv.weight']);
    expect(tensors.get('conv.weight')!.offset % 4).toBe(0);
    const graph = await readFile(join(bundle.folder, 'model.onnx'));
    expect(graph.length).toBeLessThan(4000);
    // Initializers that are no inputs, and external data, came with IR version 4.
    expect(fromBinary(ModelProtoSchema, graph).irVersion).toBe(4n);
  });

  it('does not touch the model it was given', async () => {
    const before = onnxBytes(foreignClassifier({ numbers: 'floatData', batch: 1, reshape: true }));
    await adopt(before);
    expect(Buffer.compare(await readFile(join(folder, 'foreign.onnx')), before)).toBe(0);
  });
});
