import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { TensorProtoSchema } from 'onnx-buf';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  classes,
  floatTensor,
  foreignClassifier,
  int,
  onnxBytes,
  op,
} from '../../test/foreign-classifier.ts';
import { adoptModel } from './adopt-model.ts';
import { stripSpatial } from './batch-norm-spatial.ts';
import { openGraph } from './onnxruntime-graph.ts';

const labels = Array.from({ length: classes }, (_, i) => ({ id: `c${i}`, label: `class ${i}` }));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'batch-norm-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** As the model zoo's vgg16-bn-7: opset 7, a batch of 1, one number per channel, and spatial=0 all the same. */
function normalised(spatial: boolean) {
  const model = foreignClassifier({ opset: 7, batch: 1, reshape: true, numbers: 'floatData' });
  const { graph } = model;
  for (const name of ['scale', 'shift', 'mean']) graph.initializer.push(floatTensor(name, [16], 0.5));
  const variance = Float32Array.from({ length: 16 }, (_, i) => 0.5 + i / 8);
  const tensor = { ...floatTensor('variance', [16], 1), rawData: new Uint8Array(variance.buffer) };
  graph.initializer.push(create(TensorProtoSchema, tensor));
  // Behind the Relu: behind the Conv, ONNX Runtime would fold it away unchecked.
  const inputs = ['relu', 'scale', 'shift', 'mean', 'variance'];
  graph.node.splice(
    1,
    0,
    op('BatchNormalization', inputs, 'normal', ...(spatial ? [int('spatial', 0)] : [])),
  );
  graph.node[3]!.input[0] = 'normal';
  return model;
}

async function adopt(name: string, spatial: boolean) {
  const file = join(folder, `${name}.onnx`);
  await writeFile(file, onnxBytes(normalised(spatial)));
  return adoptModel({ file, name, folder, classes: labels, openGraph });
}

it('a file with spatial=0, which ONNX Runtime refuses, becomes the same graph as one without', async () => {
  await writeFile(join(folder, 'original.onnx'), onnxBytes(normalised(true)));
  await using original = await openGraph(join(folder, 'original.onnx'));
  const data = { type: 'float32', dims: [1, 3, 16, 16], data: new Float32Array(768) } as const;
  await expect(original.run({ data })).rejects.toThrow('Invalid input scale');
  const repaired = await adopt('repaired', true);
  const clean = await adopt('clean', false);
  expect(repaired.bundle.manifest.graphs).toEqual(clean.bundle.manifest.graphs);
  expect(repaired.bundle.manifest.weights).toEqual(clean.bundle.manifest.weights);
  expect(repaired.adoption.notes).toContain('spatial=0 stripped from 1 BatchNormalization');
  expect(await readdir(repaired.bundle.folder)).toEqual(['model.json', 'model.onnx', 'model.safetensors']);
  expect(repaired.check.worst).toBeLessThan(1e-6);
});

it('a scale that really has a number per pixel is left alone', () => {
  const { graph } = normalised(true);
  graph.initializer.find(({ name }) => name === 'scale')!.dims = [16n, 7n, 7n];
  expect(stripSpatial(graph)).toBe(0);
});
