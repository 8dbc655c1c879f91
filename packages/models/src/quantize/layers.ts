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
  /** The value to be quantised for its input, before any MaxPool or Flatten between the two. */
  readonly origin: string;
}

export interface QuantisableGraph {
  /** In graph order. */
  readonly layers: readonly QuantisableLayer[];
  /** Conv, Gemm and MatMul nodes that stay float32, by name. */
  readonly left: readonly string[];
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
    layers.push({ node, weight, bias, origin: originOf(input, makers) });
  }
  const scores = makers.get('score')?.input[0];
  if (layers.length === 0 || scores === undefined) {
    throw new UsageError('unquantisable', 'it has no Conv or Gemm over constant float32 weights');
  }
  return { layers, left, scores };
}

/** The node that makes each value. */
export function makersOf(graph: GraphProto): ReadonlyMap<string, NodeProto> {
  return new Map(graph.node.flatMap((node) => node.output.map((value) => [value, node])));
}

export function isMover(node: NodeProto | undefined): node is NodeProto {
  return node !== undefined && movers.has(node.opType) && node.output.length === 1;
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
