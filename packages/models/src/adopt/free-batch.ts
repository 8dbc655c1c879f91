/** Lets a graph that was exported for one batch size take any. */
import { create } from '@bufbuild/protobuf';
import {
  TensorProto_DataType as DataType,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  TensorProtoSchema,
} from 'onnx-buf';

/**
 * Rewrites the constant shapes of Reshape nodes that begin with the batch size, and forgets the declared shapes of inner
 * values, which ONNX Runtime infers anew. Shapes of constants stay: some exporters reshape weights. Whether that was all
 * is seen by running the graph.
 *
 * @param batch the size that it was exported for.
 */
export function freeBatch(graph: GraphProto, batch: number): void {
  graph.valueInfo = [];
  const constants = constantTensors(graph);
  const fixed = new Set([...graph.initializer.map(({ name }) => name), ...constants.keys()]);
  const added = new Map<string, TensorProto>();
  const replaced = new Set<string>();
  for (const node of graph.node) {
    const [, shape = ''] = node.input;
    if (node.input.length > 0 && node.input.every((name) => fixed.has(name))) {
      for (const output of node.output) fixed.add(output);
    } else if (node.opType === 'Reshape') {
      const freed = freedShape(node, constants.get(shape), batch);
      if (freed === undefined) continue;
      const name = `${shape}.any-batch`;
      added.set(name, int64Tensor(name, freed));
      node.input[1] = name;
      replaced.add(shape);
    }
  }
  const used = new Set(graph.node.flatMap(({ input }) => input));
  const kept = graph.initializer.filter(({ name }) => used.has(name) || !replaced.has(name));
  graph.initializer = [...kept, ...added.values()];
}

/** Initializers and the values of Constant nodes that lie in the graph itself. */
function constantTensors(graph: GraphProto): ReadonlyMap<string, TensorProto> {
  const tensors = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  for (const { opType, output, attribute } of graph.node) {
    const tensor = attribute.find(({ name }) => name === 'value')?.t;
    if (opType === 'Constant' && tensor !== undefined) tensors.set(output[0] ?? '', tensor);
  }
  return tensors;
}

/** -1 stands for what is left over, 0 for the input's own dimension, unless the attribute allowzero gives 0 a meaning. */
function freedShape(node: NodeProto, tensor: TensorProto | undefined, batch: number): bigint[] | undefined {
  if (tensor?.dataType !== DataType.INT64) return undefined;
  const [first, ...rest] = int64Values(tensor);
  if (first !== BigInt(batch)) return undefined;
  const zeroIsZero = node.attribute.some(({ name, i }) => name === 'allowzero' && i !== 0n);
  if (!rest.includes(-1n)) return [-1n, ...rest];
  return zeroIsZero ? undefined : [0n, ...rest];
}

function int64Values({ rawData, int64Data }: TensorProto): bigint[] {
  if (rawData.length === 0) return int64Data;
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  return Array.from({ length: Math.floor(rawData.byteLength / 8) }, (_, place) =>
    view.getBigInt64(8 * place, true),
  );
}

function int64Tensor(name: string, values: readonly bigint[]): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: DataType.INT64,
    dims: [BigInt(values.length)],
    int64Data: [...values],
  });
}
