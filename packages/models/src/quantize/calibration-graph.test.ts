import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGraph } from '../adopt/onnxruntime-graph.ts';
import { readOnnx } from '../adopt/read-onnx.ts';
import { OnnxGraph } from '../onnx-graph.ts';
import { ActivationRange } from './activation-ranges.ts';
import { exposeRanges } from './calibration-graph.ts';
import { modelBytes } from './graph-parts.ts';
import { quantisableGraph } from './layers.ts';

const length = 250_000;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'calibration-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('exposeRanges', () => {
  it('gives of each image the largest number and the ones that few exceed', async () => {
    const graph = new OnnxGraph();
    const x = graph.node('Relu', 'positive', [graph.input('image', 'float32', ['N', length])]);
    const kernel = graph.constant('w', [1, length], new Float32Array(length));
    graph.node('Gemm', 'y', [x, kernel], { transB: { int: 1 } });
    const one = graph.constant('one', [1], BigInt64Array.of(1n));
    graph.nodes('TopK', 'top', ['y', one], ['score', 'index']);
    const path = join(folder, 'graph.onnx');
    await writeFile(path, graph.serialise('test'));
    const model = await readOnnx(path);
    const exposed = exposeRanges(model, quantisableGraph(model));
    await writeFile(path, modelBytes(model));

    // 0 … 249,999 in a shuffled order (7 has no factor in common with the length), and half of that.
    const first = Float32Array.from({ length }, (_, place) => (place * 7) % length);
    const data = new Float32Array(2 * length);
    data.set(first);
    data.set(
      first.map((value) => value / 2),
      length,
    );
    await using opened = await openGraph(path);
    const outputs = await opened.run({ image: { type: 'float32', data, dims: [2, length] } });
    const { high, low } = exposed.get('positive') ?? { high: '', low: '' };
    expect(low).toBeNull();
    // Exceeded by 0, 2, 25 and 250 of 250,000.
    const expected = [249_999, 249_997, 249_974, 249_749];
    expect(Array.from(outputs[high]?.data as Float32Array)).toEqual([
      ...expected,
      ...expected.map((value) => value / 2),
    ]);
  });
});

describe('ActivationRange', () => {
  it('takes the largest of all images, or the mean of their percentiles', () => {
    const range = new ActivationRange(true);
    range.add(Float32Array.of(8, 7, 6, 5, 4, 3, 2, 1), null);
    range.add(Float32Array.of(9, 8, 7, 6), null);
    expect(range.range('min-max')).toEqual({ low: 0, high: 9 });
    expect(range.range('99.999 %')).toEqual({ low: 0, high: (7 + 3 + 8) / 3 });
    expect(range.range('99.9 %')).toEqual({ low: 0, high: (5 + 1 + 6) / 3 });
  });

  it('never cuts what is not behind a ReLU', () => {
    const range = new ActivationRange(false);
    range.add(Float32Array.of(2, 1, 1, 1), Float32Array.of(-3));
    expect(range.range('99.9 %')).toEqual({ low: -3, high: 2 });
  });
});
