import { create } from '@bufbuild/protobuf';
import { AttributeProtoSchema, TensorProtoSchema } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import {
  floatTensor,
  foreignClassifier,
  int,
  int64Tensor,
  type Model,
  op,
} from '../../test/foreign-classifier.ts';
import { freeBatch } from './free-batch.ts';

/** The graph with this Reshape added behind `pool`, freed from a batch of 2; then that node's shape, if it changed. */
function freed(
  shape: readonly number[],
  change: (graph: Model['graph']) => void = () => {},
): bigint[] | 'unchanged' {
  const { graph } = foreignClassifier({ batch: 2 });
  graph.initializer.push(int64Tensor('to', shape));
  graph.node.push(op('Reshape', ['pool', 'to'], 'reshaped'));
  change(graph);
  freeBatch(graph, 2);
  const name = graph.node.findLast(({ opType }) => opType === 'Reshape')?.input[1];
  if (name === 'to') return 'unchanged';
  return graph.initializer.find((tensor) => tensor.name === name)?.int64Data ?? [];
}

describe('freeBatch', () => {
  it('lets the batch be what is left over', () => {
    expect(freed([2, 16])).toEqual([-1n, 16n]);
  });

  it("takes the input's own batch where something else is left over", () => {
    expect(freed([2, -1])).toEqual([0n, -1n]);
  });

  it('leaves a zero that means zero, another first dimension, and one that is free already', () => {
    const allowzero = (graph: Model['graph']) => graph.node.at(-1)?.attribute.push(int('allowzero', 1));
    expect(freed([2, -1], allowzero)).toBe('unchanged');
    expect(freed([16, 2])).toBe('unchanged');
    expect(freed([-1, 2])).toBe('unchanged');
  });

  it('leaves the shape of a constant, which has no batch', () => {
    const ofWeight = (graph: Model['graph']) => {
      graph.initializer.push(floatTensor('weight', [16, 2], 1));
      graph.node.splice(
        -1,
        1,
        op('Neg', ['weight'], 'negative'),
        op('Reshape', ['negative', 'to'], 'reshaped'),
      );
    };
    expect(freed([2, 16], ofWeight)).toBe('unchanged');
  });

  it('reads shapes from Constant nodes and from raw data too', () => {
    const shape = new Uint8Array(BigInt64Array.of(2n, 16n).buffer);
    const t = create(TensorProtoSchema, { name: 'raw', dataType: 7, dims: [2n], rawData: shape });
    const constant = (graph: Model['graph']) => {
      const node = op('Constant', [], 'made', create(AttributeProtoSchema, { name: 'value', t }));
      graph.node.splice(-1, 1, node, op('Reshape', ['pool', 'made'], 'reshaped'));
    };
    expect(freed([0], constant)).toEqual([-1n, 16n]);
  });

  it('drops a shape that nothing uses any more, and keeps one that something does', () => {
    const { graph } = foreignClassifier({ batch: 1, reshape: true });
    freeBatch(graph, 1);
    const names = () => graph.initializer.map(({ name }) => name);
    expect(names()).not.toContain('shape');
    const twice = foreignClassifier({ batch: 1, reshape: true }).graph;
    twice.node.push(op('Size', ['shape'], 'count'));
    freeBatch(twice, 1);
    expect(twice.initializer.map(({ name }) => name)).toContain('shape');
  });
});
