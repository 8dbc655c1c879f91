import type { BundleManifest } from '@labelmill/models/bundle-schema';
import { expect, it } from 'vitest';
import type { EngineConfig } from '../engine/protocol.ts';
import { smallerBatch } from './smaller-batch.ts';

type Graphs = Pick<BundleManifest, 'graphs'>;
const graph = (file: string, batch: number | null) =>
  ({ file, batch, sha256: '', kind: 'labels', layout: 'nchw' }) as const;
const anyBatch: Graphs = { graphs: [graph('model.onnx', null)] };
const fixed: Graphs = { graphs: [graph('model.onnx', null), graph('b8.onnx', 8), graph('b64.onnx', 64)] };

function sizes(first: { batch: number; graph: string; graphBatch: number | null }, manifest: Graphs) {
  const { batch, ...bundle } = first;
  const found: [string, number, number | null][] = [];
  let config: EngineConfig | null = { batch, bundle } as EngineConfig;
  while (config !== null) {
    config = smallerBatch(config, manifest);
    if (config !== null) found.push([config.bundle.graph, config.batch, config.bundle.graphBatch]);
  }
  return found;
}

it('halves a batch that is free, down to one image', () => {
  expect(sizes({ batch: 12, graph: 'model.onnx', graphBatch: null }, anyBatch)).toEqual([
    ['model.onnx', 6, null],
    ['model.onnx', 3, null],
    ['model.onnx', 1, null],
  ]);
});

it('takes the next smaller graph of fixed size, then pads to half', () => {
  expect(sizes({ batch: 64, graph: 'b64.onnx', graphBatch: 64 }, fixed)).toEqual([
    ['b8.onnx', 8, 8],
    ['model.onnx', 4, 4],
    ['model.onnx', 2, 2],
    ['model.onnx', 1, 1],
  ]);
});

it('halves the padded size where the bundle has no fixed ones', () => {
  expect(sizes({ batch: 4, graph: 'model.onnx', graphBatch: 4 }, anyBatch)).toEqual([
    ['model.onnx', 2, 2],
    ['model.onnx', 1, 1],
  ]);
});

it('goes on giving features', () => {
  const features = { ...graph('features-b8.onnx', 8), kind: 'features' as const };
  const larger = { ...features, file: 'features-b64.onnx', batch: 64 };
  const manifest = { graphs: [...fixed.graphs, features, larger] };
  expect(sizes({ batch: 64, graph: 'features-b64.onnx', graphBatch: 64 }, manifest)[0]).toEqual([
    'features-b8.onnx',
    8,
    8,
  ]);
});
