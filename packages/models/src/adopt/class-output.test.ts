import { describe, expect, it } from 'vitest';
import { foreignClassifier, op, value } from '../../test/foreign-classifier.ts';
import { findClassOutput } from './class-output.ts';

const float = 1;

describe('findClassOutput', () => {
  it.each([
    [['Softmax'], 'softmax'],
    [['Sigmoid'], 'sigmoid'],
    [['Softmax', 'Identity', 'Flatten'], 'softmax'],
    [['Sigmoid', 'QuantizeLinear', 'DequantizeLinear'], 'sigmoid'],
    [['Softmax', 'Mul'], null],
    [['LogSoftmax'], null], // its softmax is the probabilities, like that of logits
    [[], null],
  ] as const)('sees that a graph that ends in %j ends in %s', (operators, activation) => {
    const { graph } = foreignClassifier();
    for (const [place, operator] of operators.entries()) {
      graph.node.push(op(operator, [graph.node.at(-1)?.output[0] ?? ''], `value ${place}`));
    }
    graph.output = [value(graph.node.at(-1)?.output[0] ?? '', float, ['N', 12])];
    expect(findClassOutput(graph, undefined)).toMatchObject({ activation, classes: 12, flat: true });
  });

  it('does not run forever in a circle', () => {
    const { graph } = foreignClassifier();
    graph.node.push(op('Identity', ['b'], 'a'), op('Identity', ['a'], 'b'));
    graph.output = [value('a', float, [1, 12])];
    expect(findClassOutput(graph, undefined).activation).toBeNull();
  });

  it.each([
    [['N', 12, 1, 1], 12],
    [[1, 1, 1, 12], 12],
    [[1, 1], 1],
  ])('takes the shape %j for %d classes', (shape, classes) => {
    const { graph } = foreignClassifier();
    graph.output = [value('scores', float, shape)];
    expect(findClassOutput(graph, undefined).classes).toBe(classes);
  });
});
