/** Nodes and initializers for graphs that are changed as protobuf messages, and their bytes. */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import type { OnnxModel } from '../adopt/read-onnx.ts';

/** Before every name that is added, so that it meets none of the graph's own (adoption keeps this prefix free). */
export const added = 'labelmill.int8.';

/** A node named like its first output. */
export function graphNode(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, number>> = {},
): NodeProto {
  const attribute = Object.entries(attributes).map(([name, value]) => ({
    name,
    type: AttributeType.INT,
    i: BigInt(value),
  }));
  return create(NodeProtoSchema, {
    opType,
    name: output[0] ?? '',
    input: [...input],
    output: [...output],
    attribute,
  });
}

export function int64Tensor(name: string, values: readonly number[]): TensorProto {
  const dims = [BigInt(values.length)];
  return create(TensorProtoSchema, { name, dims, dataType: DataType.INT64, int64Data: values.map(BigInt) });
}

export function float32Scalar(name: string, value: number): TensorProto {
  return create(TensorProtoSchema, { name, dataType: DataType.FLOAT, floatData: [value] });
}

export function uint8Scalar(name: string, value: number): TensorProto {
  return create(TensorProtoSchema, { name, dataType: DataType.UINT8, int32Data: [value] });
}

/** Numbers in a file beside the graph. */
export function externalTensor(
  name: string,
  dataType: DataType,
  dims: readonly (number | bigint)[],
  range: { readonly file: string; readonly offset: number; readonly bytes: number },
): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType,
    dims: dims.map(BigInt),
    dataLocation: DataLocation.EXTERNAL,
    externalData: [
      { key: 'location', value: range.file },
      { key: 'offset', value: String(range.offset) },
      { key: 'length', value: String(range.bytes) },
    ],
  });
}

/** A float32 output of any shape of that rank. */
export function floatOutput(name: string, rank: number): ValueInfoProto {
  const dim = Array.from({ length: rank }, (_, axis) => ({
    value: { case: 'dimParam' as const, value: `${name}.${axis}` },
  }));
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: DataType.FLOAT, shape: { dim } } } },
  });
}

export function modelBytes(model: OnnxModel): Uint8Array {
  return toBinary(ModelProtoSchema, model);
}
