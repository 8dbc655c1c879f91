import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import {
  TensorProto_DataType as DataType,
  type GraphProto,
  ModelProtoSchema,
  type NodeProto,
} from 'onnx-buf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cudaKernels } from '../test/cuda-kernels.ts';
import { thin } from '../test/random-weights.ts';
import type { Bundle, BundleManifest } from './bundle-schema.ts';
import { convertToFp16 } from './convert-to-fp16.ts';
import { initVggBundle } from './init-bundle.ts';
import type { VggConfiguration } from './vgg-table.ts';

const typeNames: Partial<Record<DataType, string>> = {
  [DataType.UINT8]: 'uint8',
  [DataType.INT64]: 'int64',
  [DataType.FLOAT16]: 'float16',
  [DataType.FLOAT]: 'float32',
  [DataType.DOUBLE]: 'float64',
};

let folder: string;
const bundles: Bundle[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuda-placement-'));
  const classes = Array.from({ length: 12 }, (_, place) => ({ id: `${place}`, label: `class ${place}` }));
  for (const [configuration, batchNorm] of [
    ['A-LRN', false],
    ['C', true],
    ['E', false],
  ] satisfies [VggConfiguration, boolean][]) {
    const entry = { architecture: thin(configuration, batchNorm, 32), resize: 32 };
    const fp32 = await initVggBundle({ model: configuration, entry, classes, seed: 1, folder });
    bundles.push(fp32, await convertToFp16(fp32, folder));
  }
});
afterAll(() => rm(folder, { recursive: true }));

type Graph = BundleManifest['graphs'][number];

async function everyGraph(visit: (graph: GraphProto, entry: Graph, bundle: Bundle) => void): Promise<void> {
  for (const bundle of bundles) {
    for (const entry of bundle.manifest.graphs) {
      const model = fromBinary(ModelProtoSchema, await readFile(join(bundle.folder, entry.file)));
      expect(model.opsetImport.every(({ version }) => version === 17n)).toBe(true);
      visit(model.graph!, entry, bundle);
    }
  }
}

/** The type of every value: given for inputs and weights, else what the node's first input has, but for casts. */
function typesOf(graph: GraphProto): Map<string, string> {
  const types = new Map<string, string>();
  const nameOf = (type: number | undefined) => typeNames[type as DataType] ?? `type ${type}`;
  for (const { name, type } of graph.input) {
    if (type?.value.case === 'tensorType') types.set(name, nameOf(type.value.value.elemType));
  }
  for (const { name, dataType } of graph.initializer) types.set(name, nameOf(dataType));
  for (const { opType, input, output, attribute } of graph.node) {
    const to = attribute.find(({ name }) => name === 'to');
    const type = opType === 'Cast' ? nameOf(Number(to?.i)) : types.get(input[0]!)!;
    output.forEach((name, place) => {
      types.set(name, opType === 'TopK' && place === 1 ? 'int64' : type);
    });
  }
  return types;
}

/** Why this node would not run on CUDA, or null. */
function obstacle({ opType, domain, input, output, attribute }: NodeProto, types: Map<string, string>) {
  const kernel = cudaKernels.find((one) => one.operator === opType && one.domain === domain);
  if (kernel === undefined) return `no kernel for ${opType} in "${domain}"`;
  const [first, last] = kernel.opsets;
  if (first > 17 || last < 17) return `${opType} not at opset 17`;
  // TopK's second input is k, an int64 on the host.
  const numbers = opType === 'TopK' ? input.slice(0, 1) : [...input, ...output];
  const type = numbers.map((name) => types.get(name)!).find((one) => !kernel.types.includes(one));
  if (type !== undefined) return `${opType} of ${type}`;
  if (opType !== 'Cast' && new Set(numbers.map((name) => types.get(name))).size > 1)
    return `${opType} mixes types`;
  // The provider hands convolutions with unequal padding to the CPU.
  const pads = attribute.find(({ name }) => name === 'pads')?.ints ?? [];
  return new Set(pads).size > 1 ? `${opType} with unequal padding` : null;
}

describe('graphs of fp32 and fp16 bundles', () => {
  it('hold no node that ONNX Runtime 1.29 would not run on CUDA', async () => {
    const operators = new Set<string>();
    await everyGraph((graph, { file }, { name }) => {
      const types = typesOf(graph);
      expect([...types.values()]).not.toContain('float64');
      for (const node of graph.node) {
        expect([`${name}/${file}`, node.name, obstacle(node, types)]).toEqual([
          `${name}/${file}`,
          node.name,
          null,
        ]);
        operators.add(`${node.domain}${node.opType}`);
      }
    });
    // Nothing in the table is there that no graph uses.
    expect(operators.size).toBe(cudaKernels.length);
  });

  it('compute in the precision of their bundle, with the last layer and the softmax in float32', async () => {
    await everyGraph((graph, _, { manifest }) => {
      const types = typesOf(graph);
      const element = manifest.precision === 'fp16' ? 'float16' : 'float32';
      for (const { name, opType, input } of graph.node) {
        if (name === 'fc8') expect(input.map((one) => types.get(one))).toEqual(Array(3).fill('float32'));
        else if (['Conv', 'Gemm', 'MaxPool', 'LRN'].includes(opType))
          expect(types.get(input[0]!)).toBe(element);
        if (['Softmax', 'TopK'].includes(opType)) expect(types.get(input[0]!)).toBe('float32');
      }
    });
  });

  it('have fixed shapes where they have a batch size, and weights that are elsewhere', async () => {
    await everyGraph((graph, { batch, kind }) => {
      for (const { type } of [...graph.input, ...graph.output]) {
        const dimensions = type?.value.case === 'tensorType' ? (type.value.value.shape?.dim ?? []) : [];
        const open = dimensions.filter(({ value }) => value.case === 'dimParam').length;
        expect(open > 0).toBe(batch === null);
        if (batch !== null) expect(dimensions[0]?.value.value).toBe(BigInt(batch));
      }
      const inside = graph.initializer.filter(({ externalData }) => externalData.length === 0);
      expect([kind, inside.map(({ name }) => name)]).toEqual([kind, ['mean', 'std', 'k']]);
    });
  });

  it('are there for every batch size, the one that runs anywhere first', () => {
    for (const { manifest } of bundles) {
      const sizes = (kind: string, layout: string) =>
        manifest.graphs.flatMap((graph) =>
          graph.kind === kind && graph.layout === layout ? [graph.batch] : [],
        );
      expect(manifest.graphs[0]).toMatchObject({
        file: 'model.onnx',
        kind: 'labels',
        layout: 'nchw',
        batch: null,
      });
      const fixed = [1, 8, 16, 32, 64, 128, 256];
      expect(sizes('labels', 'nchw')).toEqual([null, ...fixed]);
      expect(sizes('features', 'nchw')).toEqual([null, ...fixed]);
      expect(sizes('dense', 'nchw')).toEqual([null]);
      expect(sizes('labels', 'nhwc')).toEqual(manifest.precision === 'fp16' ? fixed : []);
    }
  });
});
