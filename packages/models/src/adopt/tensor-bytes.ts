/** A tensor's numbers as the bytes that a safetensors file holds, out of the many fields in which ONNX may have them. */
import { UsageError } from '@labelmill/shared/errors';
import { TensorProto_DataType as DataType, type TensorProto } from 'onnx-buf';
import { type Dtype, dtypeBytes } from '../safetensors.ts';

/** ONNX's element types that safetensors has too. */
const dtypes: ReadonlyMap<DataType, Dtype> = new Map<DataType, Dtype>([
  [DataType.FLOAT, 'F32'],
  [DataType.FLOAT16, 'F16'],
  [DataType.BFLOAT16, 'BF16'],
  [DataType.DOUBLE, 'F64'],
  [DataType.INT64, 'I64'],
  [DataType.INT32, 'I32'],
  [DataType.INT16, 'I16'],
  [DataType.INT8, 'I8'],
  [DataType.UINT64, 'U64'],
  [DataType.UINT32, 'U32'],
  [DataType.UINT16, 'U16'],
  [DataType.UINT8, 'U8'],
  [DataType.BOOL, 'BOOL'],
]);

export interface TensorLayout {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly bytes: number;
}

/**
 * Undefined for an element type that safetensors does not have.
 *
 * @throws UsageError `bad_onnx` for a shape that no tensor can have.
 */
export function tensorLayout({ name, dataType, dims }: TensorProto): TensorLayout | undefined {
  const dtype = dtypes.get(dataType);
  if (dtype === undefined) return undefined;
  const shape = dims.map(Number);
  const bytes = shape.reduce((product, side) => product * side, dtypeBytes[dtype]);
  if (!Number.isSafeInteger(bytes) || shape.some((side) => side < 0)) {
    throw new UsageError('bad_onnx', `initializer ${name} has the shape [${dims.join(', ')}]`);
  }
  return { dtype, shape, bytes };
}

/**
 * A view where the numbers are raw, a conversion where not.
 *
 * @throws UsageError `bad_onnx` where there are not as many as the shape says.
 */
export function tensorBytes(tensor: TensorProto, { dtype, bytes }: TensorLayout): Uint8Array {
  const found = tensor.rawData.length > 0 ? tensor.rawData : asBytes(typedData(tensor, dtype));
  if (found.length === bytes) return found;
  throw new UsageError(
    'bad_onnx',
    `initializer ${tensor.name} has ${found.length} bytes; its shape needs ${bytes}`,
  );
}

/** onnx.proto says which type is in which field; int32_data holds all the short ones, halves as their bits. */
function typedData(tensor: TensorProto, dtype: Dtype): ArrayBufferView {
  const { floatData, doubleData, int32Data, int64Data, uint64Data } = tensor;
  switch (dtype) {
    case 'F32':
      return Float32Array.from(floatData);
    case 'F64':
      return Float64Array.from(doubleData);
    case 'I64':
      return BigInt64Array.from(int64Data);
    case 'U64':
      return BigUint64Array.from(uint64Data);
    case 'U32':
      return Uint32Array.from(uint64Data, Number);
    case 'I32':
      return Int32Array.from(int32Data);
    case 'I16':
    case 'U16':
    case 'F16':
    case 'BF16':
      return Uint16Array.from(int32Data);
    case 'I8':
    case 'U8':
    case 'BOOL':
      return Uint8Array.from(int32Data);
  }
}

function asBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}
