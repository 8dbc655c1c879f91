/** Which nodes of a float32 graph are computed in 8 bits, and which values must be quantised for them. */
import { UsageError } from '@labelmill/shared/errors';
import {
  TensorProto_DataType as DataType,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from 'onnx-buf';
import type { OnnxModel } from '../adopt/read-onnx.ts';

/** DequantizeLinear has had scales per channel since then. */
const firstOpset = 13n;

/** They only move or pick numbers, so they give on uint8 what they would give before quantising. */
const movers: ReadonlySet<string> = new Set(['MaxPool', 'Flatten', 'Reshape', 'Transpose', 'Identity']);

/** A Conv or Gemm over constant weights whose axis 0 is the output channel. */
export interface QuantisableLayer {
  readonly node: NodeProto;
  readonly weight: TensorProto;
  readonly bias: TensorProto | null;
  /** Computed with the layer, folded into its weights. */
  readonly norm: BatchNorm | null;
  /** The value that the layer gives, behind its batch norm if it has one. */
  readonly output: string;
  /** The value to be quantised for its input, before any MaxPool or Flatten between the two. */
  readonly origin: string;
}

/** A BatchNormalization's numbers, one of each for a channel. */
export interface BatchNorm {
  readonly scale: TensorProto;
  readonly bias: TensorProto;
  readonly mean: TensorProto;
  readonly variance: TensorProto;
  readonly epsilon: number;
}

export interface QuantisableGraph {
  /** In graph order. */
  readonly layers: readonly QuantisableLayer[];
  /** Conv, Gemm and MatMul nodes that stay float32, by name. */
  readonly left: readonly string[];
  /** External tensors of all nodes that are not quantised. */
  readonly kept: readonly TensorProto[];
  /** The value whose k largest the graph gives out: probabilities, or whatever its activation makes. */
  readonly scores: string;
}

/** @throws UsageError `unquantisable` where the opset is too old or no layer can be quantised. */
export function quantisableGraph({ graph, opsetImport }: OnnxModel): QuantisableGraph {
  const opset = opsetImport.find(({ domain }) => domain === '')?.version ?? 0n;
  if (opset < firstOpset) {
    throw new UsageError(
      'unquantisable',
      `its graph is of opset ${opset}; int8 needs ${firstOpset} or later`,
    );
  }
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const makers = makersOf(graph);
  const users = Map.groupBy(
    graph.node.flatMap((node) => node.input.map((value) => ({ value, node }))),
    ({ value }) => value,
  );
  const taken = new Set<string>();
  const layers: QuantisableLayer[] = [];
  const left: string[] = [];
  for (const node of graph.node) {
    if (!['Conv', 'Gemm', 'MatMul'].includes(node.opType)) continue;
    const [input = '', weightName = '', biasName = ''] = node.input;
    const weight = constants.get(weightName);
    const bias = biasName === '' ? null : constants.get(biasName);
    const fits =
      (node.opType === 'Conv' || isPlainGemm(node)) &&
      weight?.dataType === DataType.FLOAT &&
      bias !== undefined &&
      (bias === null || (bias.dataType === DataType.FLOAT && bias.dims.length === 1)) &&
      !taken.has(weightName) &&
      !taken.has(biasName);
    if (!fits) {
      left.push(node.name);
      continue;
    }
    taken.add(weightName);
    if (bias !== null) taken.add(biasName);
    const [output = ''] = node.output;
    const [user, ...others] = users.get(output) ?? [];
    const norm = others.length === 0 ? batchNorm(user?.node, constants) : null;
    const normalised = norm === null ? output : (user?.node.output[0] ?? '');
    layers.push({ node, weight, bias, norm, output: normalised, origin: originOf(input, makers) });
  }
  const scores = makers.get('score')?.input[0];
  if (layers.length === 0 || scores === undefined) {
    throw new UsageError('unquantisable', 'it has no Conv or Gemm over constant float32 weights');
  }
  const quantised = new Set(layers.flatMap(({ node, output }) => [node, makers.get(output)]));
  const names = new Set(graph.node.filter((node) => !quantised.has(node)).flatMap(({ input }) => input));
  const kept = graph.initializer.filter(
    ({ name, externalData }) => externalData.length > 0 && names.has(name),
  );
  return { layers, left, kept, scores };
}

/** The node that makes each value. */
export function makersOf(graph: GraphProto): ReadonlyMap<string, NodeProto> {
  return new Map(graph.node.flatMap((node) => node.output.map((value) => [value, node])));
}

export function isMover(node: NodeProto | undefined): node is NodeProto {
  return node !== undefined && movers.has(node.opType) && node.output.length === 1;
}

function batchNorm(
  node: NodeProto | undefined,
  constants: ReadonlyMap<string, TensorProto>,
): BatchNorm | null {
  if (node?.opType !== 'BatchNormalization' || node.output.length > 1) return null;
  const [scale, bias, mean, variance] = node.input
    .slice(1)
    .map((name) => constants.get(name))
    .filter((tensor) => tensor?.dataType === DataType.FLOAT);
  if (scale === undefined || bias === undefined || mean === undefined || variance === undefined) return null;
  // 1e-5 is ONNX's own default.
  const epsilon = node.attribute.find(({ name }) => name === 'epsilon')?.f ?? 1e-5;
  return { scale, bias, mean, variance, epsilon };
}

function originOf(value: string, makers: ReadonlyMap<string, NodeProto>): string {
  const maker = makers.get(value);
  return isMover(maker) ? originOf(maker.input[0] ?? '', makers) : value;
}

/** x·Wᵀ + b with W as [out, in]. */
function isPlainGemm({ opType, attribute }: NodeProto): boolean {
  const number = (name: string, absent: number) => {
    const found = attribute.find((candidate) => candidate.name === name);
    return found === undefined ? absent : name.startsWith('trans') ? Number(found.i) : found.f;
  };
  const plain = number('transA', 0) === 0 && number('transB', 0) === 1;
  return opType === 'Gemm' && plain && number('alpha', 1) === 1 && number('beta', 1) === 1;
}
