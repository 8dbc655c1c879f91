/** Finds the output of a foreign classifier that holds one score per class. */
import { UsageError } from '@labelmill/shared/errors';
import { TensorProto_DataType as DataType, type GraphProto, type NodeProto } from 'onnx-buf';
import { shapeTitle, type ValueShape, valueShape } from './value-shape.ts';

export interface ClassOutput {
  readonly name: string;
  readonly classes: number;
  /** Some graphs give [N, classes, 1, 1]. */
  readonly flat: boolean;
  /** What the graph already ends in; null for logits. */
  readonly activation: 'softmax' | 'sigmoid' | null;
}

/**
 * @param name of the output, where there are several that could be it.
 * @throws UsageError `no_class_output`, `ambiguous_output`.
 */
export function findClassOutput(graph: GraphProto, name: string | undefined): ClassOutput {
  const outputs = graph.output.map(valueShape);
  const there = outputs.map(shapeTitle).join('; ') || 'none';
  const fitting = outputs.filter(
    (output) => classCount(output) !== undefined && (name ?? output.name) === output.name,
  );
  const [output] = fitting;
  if (output === undefined) {
    const wanted = `no output ${name === undefined ? '' : `${JSON.stringify(name)} `}FLOAT [N, classes]`;
    throw new UsageError('no_class_output', `it has ${wanted}; there is: ${there}`);
  }
  if (fitting.length > 1) {
    throw new UsageError('ambiguous_output', `several outputs could be the classes: ${there}; name one`);
  }
  return {
    name: output.name,
    classes: classCount(output) ?? 0,
    flat: output.dims?.length === 2,
    activation: finalActivation(graph, output.name),
  };
}

function classCount({ type, dims }: ValueShape): number | undefined {
  const [, ...sides] = dims ?? [];
  if (type !== DataType.FLOAT || sides.length === 0 || sides.includes(null)) return undefined;
  const long = sides.filter((side) => side !== 1);
  return long.length > 1 ? undefined : (long[0] ?? 1);
}

/** They only carry values on. */
const transparent = new Set([
  'Identity',
  'Flatten',
  'Reshape',
  'Squeeze',
  'QuantizeLinear',
  'DequantizeLinear',
]);

function finalActivation(graph: GraphProto, output: string): ClassOutput['activation'] {
  const producers = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
  const seen = new Set<NodeProto>();
  let node = producers.get(output);
  while (node !== undefined && transparent.has(node.opType) && !seen.has(node)) {
    seen.add(node); // a broken file may run in a circle
    node = producers.get(node.input[0] ?? '');
  }
  if (node?.opType === 'Softmax') return 'softmax';
  return node?.opType === 'Sigmoid' ? 'sigmoid' : null;
}
