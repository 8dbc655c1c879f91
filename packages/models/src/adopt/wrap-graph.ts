/** Puts a foreign classifier inside labelmill's contract (bundle-schema.ts), in the graph's own opset. */
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  type GraphProto,
  NodeProtoSchema,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import type { BundleManifest } from '../bundle-schema.ts';
import type { ClassOutput } from './class-output.ts';
import { freeNames } from './free-names.ts';
import type { ImageInput } from './image-input.ts';

export type Channels = 'rgb' | 'bgr';

export interface Wrapping {
  readonly opset: number;
  readonly input: ImageInput;
  readonly output: ClassOutput;
  /** The order in which the graph wants the channels. */
  readonly channels: Channels;
  /** Of pixels scaled to 0…1, in the order R, G, B; for float32 inputs. */
  readonly normalisation: BundleManifest['normalisation'];
  /** Added behind the graph. */
  readonly activation: BundleManifest['activation'];
  /** Labels per image. */
  readonly k: number;
}

const prefix = 'labelmill.';

/** Changes the graph in place. */
export function wrapGraph(graph: GraphProto, wrapping: Wrapping): void {
  const { opset, input, output, activation, k } = wrapping;
  const rename = freeNames(graph, (name) => contractNames.has(name) || name.startsWith(prefix));
  const foreign = graph.node;
  graph.node = [];
  const add = nodeAdder(graph);

  const pixels = imageFor(graph, wrapping, add);
  add('Identity', [pixels], {}, [rename(input.name)]);
  graph.node.push(...foreign);

  let scores = rename(output.name);
  if (!output.flat) scores = add('Flatten', [scores], { axis: 1 });
  if (activation === 'softmax') scores = add('Softmax', [scores], { axis: 1 });
  if (activation === 'sigmoid') scores = add('Sigmoid', [scores], {});
  // Until opset 9, k was an attribute.
  if (opset < 10) add('TopK', [scores], { axis: 1, k }, ['score', 'index']);
  else add('TopK', [scores, int64(graph, 'k', [k])], { axis: 1 }, ['score', 'index']);

  graph.input = [value('image', DataType.UINT8, ['N', input.size, input.size, 3])];
  graph.output = [value('score', DataType.FLOAT, ['N', k]), value('index', DataType.INT64, ['N', k])];
  graph.valueInfo = [];
  graph.quantizationAnnotation = [];
}

const contractNames = new Set(['image', 'score', 'index']);

/** Channels in order, planes where wanted, and (pixel − 255·mean) / (255·std), as vgg-graph.ts has it. */
function imageFor(graph: GraphProto, { input, channels, normalisation }: Wrapping, add: NodeAdder): string {
  let pixels = 'image';
  if (channels === 'bgr') {
    pixels = add('Gather', [pixels, int64(graph, 'bgr', [2, 1, 0])], { axis: 3 });
  }
  if (input.layout === 'NCHW') pixels = add('Transpose', [pixels], { perm: [0, 3, 1, 2] });
  if (input.type === 'uint8') return pixels;
  const shape = input.layout === 'NCHW' ? [1, 3, 1, 1] : [1, 1, 1, 3];
  const perChannel = (name: string, values: readonly number[]) => {
    const inOrder = channels === 'bgr' ? values.toReversed() : values;
    return float32(
      graph,
      name,
      shape,
      Float32Array.from(inOrder, (number) => 255 * number),
    );
  };
  const floats = add('Cast', [pixels], { to: DataType.FLOAT });
  const centred = add('Sub', [floats, perChannel('mean', normalisation.mean)], {});
  return add('Div', [centred, perChannel('std', normalisation.std)], {});
}

/** Returns the name of the node's first output. */
type NodeAdder = (
  operator: string,
  inputs: readonly string[],
  attributes: Readonly<Record<string, number | readonly number[]>>,
  outputs?: readonly string[],
) => string;

function nodeAdder(graph: GraphProto): NodeAdder {
  return (opType, inputs, attributes, outputs = [`${prefix}${opType.toLowerCase()}`]) => {
    const attribute = Object.entries(attributes).map(([name, number]) =>
      typeof number === 'number'
        ? { name, type: AttributeType.INT, i: BigInt(number) }
        : { name, type: AttributeType.INTS, ints: number.map(BigInt) },
    );
    const name = `${prefix}${opType.toLowerCase()}`;
    graph.node.push(
      create(NodeProtoSchema, { opType, name, input: [...inputs], output: [...outputs], attribute }),
    );
    return outputs[0] ?? '';
  };
}

function int64(graph: GraphProto, label: string, values: readonly number[]): string {
  const name = prefix + label;
  const dims = [BigInt(values.length)];
  const tensor = { name, dataType: DataType.INT64, dims, int64Data: values.map(BigInt) };
  graph.initializer.push(create(TensorProtoSchema, tensor));
  return name;
}

function float32(graph: GraphProto, label: string, shape: readonly number[], values: Float32Array): string {
  const name = prefix + label;
  const tensor = { name, dataType: DataType.FLOAT, dims: shape.map(BigInt), floatData: [...values] };
  graph.initializer.push(create(TensorProtoSchema, tensor));
  return name;
}

function value(name: string, elemType: DataType, sides: readonly (number | string)[]) {
  const dim = sides.map((side) => ({
    value:
      typeof side === 'number'
        ? { case: 'dimValue' as const, value: BigInt(side) }
        : { case: 'dimParam' as const, value: side },
  }));
  const init: MessageInitShape<typeof ValueInfoProtoSchema> = {
    name,
    type: { value: { case: 'tensorType', value: { elemType, shape: { dim } } } },
  };
  return create(ValueInfoProtoSchema, init);
}
