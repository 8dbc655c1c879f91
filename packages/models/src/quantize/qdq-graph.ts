/**
 * The int8 graph in ONNX's QDQ form: float32 operators between QuantizeLinear and DequantizeLinear, which ONNX Runtime
 * fuses to QLinearConv and QGemm. What is not quantised (normalisation, LRN, softmax, top-k) stays as it was.
 */
import { TensorProto_DataType as DataType, type NodeProto, type TensorProto } from 'onnx-buf';
import type { OnnxModel } from '../adopt/read-onnx.ts';
import type { SafetensorsHeader } from '../safetensors.ts';
import type { AffineScale } from './affine.ts';
import { added, externalTensor, float32Scalar, graphNode, uint8Scalar } from './graph-parts.ts';
import { isMover, makersOf, type QuantisableGraph, type QuantisableLayer } from './layers.ts';
import { biasName, scaleOf, zerosTensor } from './scales-file.ts';

export interface TensorFile {
  /** Its name in the graph's folder. */
  readonly file: string;
  readonly header: SafetensorsHeader;
}

export interface QdqParts {
  readonly weights: TensorFile;
  readonly scales: TensorFile;
  /** Of the layers' inputs, by origin. */
  readonly inputs: ReadonlyMap<string, AffineScale>;
}

/** Makes the float32 graph, in place, the int8 graph. Only what its outputs need remains. */
export function quantiseGraph(model: OnnxModel, quantisable: QuantisableGraph, parts: QdqParts): void {
  const { graph } = model;
  const makers = makersOf(graph);
  const layers = new Map(quantisable.layers.map((layer) => [layer.output, layer]));
  const nodes: NodeProto[] = [];
  const initializers: TensorProto[] = [];
  const placed = new Set<NodeProto>();
  const quantisedAs = new Map<string, string>();

  /** Sees to it that a float32 value is made. */
  const float = (value: string): void => {
    const maker = makers.get(value);
    if (maker === undefined || placed.has(maker)) return;
    placed.add(maker);
    const layer = layers.get(value);
    if (layer === undefined) {
      for (const input of maker.input) float(input);
      nodes.push(maker);
    } else nodes.push({ ...layer.node, input: inputsOf(layer), output: [value] });
  };

  /** The uint8 form of a value; what only moves numbers is done on that. */
  const quantised = (value: string): string => {
    const found = quantisedAs.get(value);
    if (found !== undefined) return found;
    const name = `${added}${value}`;
    const maker = makers.get(value);
    if (isMover(maker)) {
      const [input = '', ...others] = maker.input;
      for (const other of others) float(other);
      nodes.push({ ...maker, input: [quantised(input), ...others], output: [name] });
    } else {
      float(value);
      const { scale, zeroPoint } = parts.inputs.get(value) ?? missing(value);
      initializers.push(float32Scalar(`${name}.scale`, scale), uint8Scalar(`${name}.zero_point`, zeroPoint));
      nodes.push(graphNode('QuantizeLinear', [value, `${name}.scale`, `${name}.zero_point`], [name]));
    }
    quantisedAs.set(value, name);
    return name;
  };

  const inputsOf = (layer: QuantisableLayer): string[] => {
    const { node, weight, origin } = layer;
    const input = `${added}${node.name}.input`;
    const scalars = [`${added}${origin}.scale`, `${added}${origin}.zero_point`];
    nodes.push(graphNode('DequantizeLinear', [quantised(node.input[0] ?? ''), ...scalars], [input]));
    const inputs = [input, constant(weight.name, weight.dims, DataType.INT8, parts.weights)];
    const bias = biasName(layer);
    if (parts.scales.header.tensors.has(bias)) {
      inputs.push(constant(bias, weight.dims.slice(0, 1), DataType.INT32, parts.scales));
    }
    return inputs;
  };

  /** An integer tensor of `source` with the scales of its channels, as float32. */
  const constant = (name: string, dims: readonly bigint[], type: DataType, source: TensorFile): string => {
    const channels = dims.slice(0, 1);
    const bytes = Number(channels[0]) * (type === DataType.INT8 ? 1 : 4);
    const integers = `${added}${name}`;
    initializers.push(
      externalTensor(integers, type, dims, rangeIn(source, name)),
      externalTensor(`${integers}.scale`, DataType.FLOAT, channels, rangeIn(parts.scales, scaleOf(name))),
      externalTensor(`${integers}.zero_point`, type, channels, {
        ...rangeIn(parts.scales, zerosTensor),
        bytes,
      }),
    );
    const inputs = [integers, `${integers}.scale`, `${integers}.zero_point`];
    nodes.push(graphNode('DequantizeLinear', inputs, [`${integers}.real`], { axis: 0 }));
    return `${integers}.real`;
  };

  for (const { name } of graph.output) float(name);
  const used = new Set(nodes.flatMap(({ input }) => input));
  graph.node = nodes;
  const kept = graph.initializer
    .filter(({ name }) => used.has(name))
    .map((tensor) => {
      const { name, dataType, dims, externalData } = tensor;
      return externalData.length === 0
        ? tensor
        : externalTensor(name, dataType, dims, rangeIn(parts.weights, name));
    });
  graph.initializer = [...kept, ...initializers];
  graph.valueInfo = [];
}

function rangeIn({ file, header }: TensorFile, name: string) {
  const { offset, bytes } = header.tensors.get(name) ?? missing(name);
  return { file, offset, bytes };
}

function missing(name: string): never {
  throw new TypeError(`nothing was written for ${name}`);
}
