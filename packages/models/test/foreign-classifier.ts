/** Small ONNX classifiers as other people's exporters write them, built from protobuf messages alone. */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf';

export type Model = ModelProto & { graph: GraphProto };

export interface ForeignOptions {
  readonly opset?: number;
  readonly layout?: 'NCHW' | 'NHWC';
  readonly type?: 'float32' | 'uint8';
  readonly batch?: number | 'N';
  readonly ending?: 'Softmax' | 'Sigmoid' | 'logits';
  /** A Reshape to [batch, channels], as a fixed batch needs, instead of Flatten. */
  readonly reshape?: boolean;
  readonly numbers?: 'rawData' | 'floatData';
  /** As IR version 3 wants it. */
  readonly listsInitializers?: boolean;
  readonly inputName?: string;
  readonly outputName?: string;
}

export const classes = 12;
export const size = 16;
const channels = 16;

/** Conv, Relu, GlobalAveragePool, Gemm; every part can be changed before it is written. */
export function foreignClassifier(options: ForeignOptions = {}): Model {
  const { opset = 17, layout = 'NCHW', type = 'float32', batch = 'N', ending = 'logits' } = options;
  const {
    inputName = 'data',
    outputName = 'scores',
    listsInitializers = false,
    numbers = 'rawData',
  } = options;
  const planes = layout === 'NCHW' ? inputName : 'planes';
  const floats = type === 'float32' ? planes : 'floats';
  const logits = ending === 'logits' ? outputName : 'logits';
  const initializer: TensorProto[] = [
    floatTensor('conv.weight', [channels, 3, 3, 3], 0.3, numbers),
    floatTensor('conv.bias', [channels], 0.1, numbers),
    floatTensor('fc.weight', [classes, channels], 2, numbers),
    floatTensor('fc.bias', [classes], 0.5, numbers),
    ...(options.reshape ? [int64Tensor('shape', [batch === 'N' ? -1 : batch, channels])] : []),
  ];
  const node: NodeProto[] = [
    ...(layout === 'NHWC' ? [op('Transpose', [inputName], planes, ints('perm', [0, 3, 1, 2]))] : []),
    ...(type === 'uint8'
      ? [op('Cast', [planes], 'raw', int('to', DataType.FLOAT)), op('Div', ['raw', 'full'], floats)]
      : []),
    op(
      'Conv',
      [floats, 'conv.weight', 'conv.bias'],
      'conv',
      ints('kernel_shape', [3, 3]),
      ints('strides', [2, 2]),
    ),
    op('Relu', ['conv'], 'relu'),
    op('GlobalAveragePool', ['relu'], 'pool'),
    options.reshape ? op('Reshape', ['pool', 'shape'], 'features') : op('Flatten', ['pool'], 'features'),
    op('Gemm', ['features', 'fc.weight', 'fc.bias'], logits, int('transB', 1)),
    ...(ending === 'logits' ? [] : [op(ending, ['logits'], outputName)]),
  ];
  if (type === 'uint8')
    initializer.push(create(TensorProtoSchema, { name: 'full', dataType: DataType.FLOAT, floatData: [255] }));
  const sides = layout === 'NCHW' ? [batch, 3, size, size] : [batch, size, size, 3];
  const input = [
    value(inputName, type === 'uint8' ? DataType.UINT8 : DataType.FLOAT, sides),
    ...(listsInitializers
      ? initializer.map(({ name, dataType, dims }) => value(name, dataType, dims.map(Number)))
      : []),
  ];
  const output = [value(outputName, DataType.FLOAT, [batch, classes])];
  const model = create(ModelProtoSchema, {
    irVersion: listsInitializers ? 3n : 8n,
    opsetImport: [{ domain: '', version: BigInt(opset) }],
    graph: { name: 'foreign', node, initializer, input, output },
  });
  return model as Model;
}

export function onnxBytes(model: Model): Uint8Array {
  return toBinary(ModelProtoSchema, model);
}

export function op(
  opType: string,
  input: string[],
  output: string,
  ...attribute: AttributeProto[]
): NodeProto {
  return create(NodeProtoSchema, {
    opType,
    name: `${opType} of ${output}`,
    input,
    output: [output],
    attribute,
  });
}

export function int(name: string, number: number): AttributeProto {
  return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(number) });
}

export function ints(name: string, numbers: readonly number[]): AttributeProto {
  return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: numbers.map(BigInt) });
}

export function value(name: string, elemType: number, sides: readonly (number | string)[]): ValueInfoProto {
  const dim = sides.map((side) =>
    typeof side === 'number'
      ? { value: { case: 'dimValue' as const, value: BigInt(side) } }
      : { value: { case: 'dimParam' as const, value: side } },
  );
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType, shape: { dim } } } },
  });
}

export function int64Tensor(name: string, numbers: readonly number[]): TensorProto {
  const dims = [BigInt(numbers.length)];
  return create(TensorProtoSchema, { name, dataType: DataType.INT64, dims, int64Data: numbers.map(BigInt) });
}

/** Numbers in ±scale that look random and are always the same. */
export function floatTensor(
  name: string,
  shape: readonly number[],
  scale: number,
  field: 'rawData' | 'floatData' = 'rawData',
): TensorProto {
  const count = shape.reduce((product, side) => product * side, 1);
  const numbers = Float32Array.from(
    { length: count },
    (_, i) => scale * Math.sin(12.9898 * (i + name.length) ** 2),
  );
  const data =
    field === 'rawData' ? { rawData: new Uint8Array(numbers.buffer) } : { floatData: [...numbers] };
  return create(TensorProtoSchema, { name, dataType: DataType.FLOAT, dims: shape.map(BigInt), ...data });
}
