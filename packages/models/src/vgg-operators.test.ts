/** Each operator of a graph by itself: what it gives, beside float64's, not only the scores at the end. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  TensorProto_DataType as DataType,
  ModelProtoSchema,
  type NodeProto,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reference } from '../test/float64-vgg.ts';
import { quieten, randomLayers, thin, writeWeights } from '../test/random-weights.ts';
import { somePixels } from '../test/run-graph.ts';
import { type GraphChoice, graphBytes } from '../test/write-graph.ts';
import { writeFloat16Weights } from './float16-weights.ts';
import { readSafetensorsHeader } from './safetensors.ts';
import { vggLayers } from './vgg-layers.ts';
import type { VggConfiguration } from './vgg-table.ts';

/** Operators that only move numbers or change their type; what they give shows in whoever reads it. */
const movers = ['Transpose', 'Cast', 'Flatten', 'TopK', 'Sub'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vgg-operators-'));
});
afterAll(() => rm(folder, { recursive: true }));

const kindOf = ({ opType, attribute }: NodeProto) => {
  const kernel = attribute.find(({ name }) => name === 'kernel_shape')?.ints;
  return opType === 'Conv' ? `Conv ${kernel?.join('×')}` : opType;
};

/**
 * The worst error of each kind of operator, as a share of the largest number that the operator gives. It holds the errors
 * of all operators before, so it bounds the operator's own.
 */
async function worstErrors(
  configuration: VggConfiguration,
  batchNorm: boolean,
  choice: GraphChoice,
  side = 64,
): Promise<Record<string, number>> {
  const architecture = thin(configuration, batchNorm);
  const layers = quieten(randomLayers(architecture), batchNorm ? 0.4 : 0.05);
  const pixels = somePixels(side * side);
  const { values } = reference(configuration, layers, pixels, side, side);
  let weights = await writeWeights(folder, layers);
  if (choice.precision === 'fp16') {
    const path = join(folder, 'half.safetensors');
    await rm(path, { force: true });
    await writeFloat16Weights(path, weights, vggLayers(architecture), () => {});
    weights = await readSafetensorsHeader(path);
  }
  const model = fromBinary(ModelProtoSchema, graphBytes(architecture, weights, choice));
  const { node, output } = model.graph!;
  const nameOf = ({ name }: NodeProto) =>
    // Folded: the convolution gives what the batch norm would.
    batchNorm && choice.precision === 'fp16' ? name.replace(/^conv/, 'bn') : name;
  const checked = node.filter((one) => values.has(nameOf(one)));
  const half = (name: string) =>
    choice.precision === 'fp16' && !/^(normalised|fc8|average|softmax)$/.test(name);
  for (const { name } of checked) {
    if (output.some((there) => there.name === name)) continue;
    const elemType = half(name) ? DataType.FLOAT16 : DataType.FLOAT;
    output.push(
      create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value: { elemType } } } }),
    );
  }
  const path = join(folder, 'graph.onnx');
  await writeFile(path, toBinary(ModelProtoSchema, model));
  const session = await InferenceSession.create(path, { intraOpNumThreads: 1, logSeverityLevel: 4 });
  const found = await session.run({ image: new Tensor('uint8', pixels, [1, side, side, 3]) });
  await session.release();

  const worst: Record<string, number> = {};
  for (const one of checked) {
    const expected = values.get(nameOf(one))!;
    const given = Array.from(found[one.name]?.data as Float32Array);
    expect([one.name, given.length]).toEqual([one.name, expected.length]);
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const error = given.reduce((most, value, at) => Math.max(most, Math.abs(value - expected[at]!)), 0);
    worst[kindOf(one)] = Math.max(worst[kindOf(one)] ?? 0, error / largest);
  }
  const left = node.filter((one) => !checked.includes(one)).map(({ opType }) => opType);
  expect(left.filter((opType) => !movers.includes(opType))).toEqual([]);
  return worst;
}

const common = ['Conv 3×3', 'Div', 'Gemm', 'MaxPool', 'Relu', 'Softmax'];

describe.each([
  ['fp32', 1e-4],
  ['fp16', 2e-2],
] as const)('in %s', (precision, bound) => {
  it.each([
    ['A-LRN', false, ['LRN']],
    ['C', false, ['Conv 1×1']],
    ['C', true, ['Conv 1×1', ...(precision === 'fp32' ? ['BatchNormalization'] : [])]],
    ['E', false, []],
  ] as const)('every operator of %s (batch norm: %s) gives what float64 gives', async (name, norm, more) => {
    const worst = await worstErrors(name, norm, { precision });
    expect(Object.keys(worst).sort()).toEqual([...common, ...more].sort());
    for (const [kind, error] of Object.entries(worst)) expect([kind, error < bound]).toEqual([kind, true]);
  });

  it('every operator of a dense graph gives what float64 gives', async () => {
    const worst = await worstErrors('C', false, { precision, kind: 'dense' }, 96);
    const kinds = [
      'Conv 1×1',
      'Conv 2×2',
      'Conv 3×3',
      'Div',
      'GlobalAveragePool',
      'MaxPool',
      'Relu',
      'Softmax',
    ];
    expect(Object.keys(worst).sort()).toEqual(kinds);
    for (const [kind, error] of Object.entries(worst)) expect([kind, error < bound]).toEqual([kind, true]);
  });
});
