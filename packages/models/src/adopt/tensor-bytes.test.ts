import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { TensorProto_DataType as DataType, ModelProtoSchema, TensorProtoSchema } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { exposeTensorBulk } from './tensor-bulk.ts';
import { tensorBytes, tensorLayout } from './tensor-bytes.ts';

/** The bytes of a one-dimensional tensor, in hex. */
function bytesOf(dataType: DataType, data: object, count: number): string {
  const tensor = create(TensorProtoSchema, { name: 't', dataType, dims: [BigInt(count)], ...data });
  return Buffer.from(tensorBytes(tensor, tensorLayout(tensor)!)).toString('hex');
}

/** Little-endian by hand: 1.5 is 3fc00000 as float32, 3ff8000000000000 as float64, 3e00 as float16. */
it.each([
  ['FLOAT', { floatData: [1.5, -2] }, '0000c03f' + '000000c0'],
  ['DOUBLE', { doubleData: [1.5] }, '000000000000f83f'],
  ['FLOAT16', { int32Data: [0x3e00, 0xc000] }, '003e' + '00c0'],
  ['BFLOAT16', { int32Data: [0x3fc0] }, 'c03f'],
  ['INT64', { int64Data: [-2n] }, 'feffffffffffffff'],
  ['UINT64', { uint64Data: [2n ** 64n - 1n] }, 'ffffffffffffffff'],
  ['INT32', { int32Data: [-2] }, 'feffffff'],
  ['UINT32', { uint64Data: [4294967295n] }, 'ffffffff'],
  ['INT16', { int32Data: [-2, 300] }, 'feff' + '2c01'],
  ['UINT16', { int32Data: [65535] }, 'ffff'],
  ['INT8', { int32Data: [-2, 127] }, 'fe' + '7f'],
  ['UINT8', { int32Data: [255, 1] }, 'ff' + '01'],
  ['BOOL', { int32Data: [1, 0] }, '01' + '00'],
  ['FLOAT', { rawData: Uint8Array.of(1, 2, 3, 4) }, '01020304'],
] as const)('%s numbers are taken out of %o', (type, data, hex) => {
  const width = { 2: 'FLOAT16 BFLOAT16 INT16 UINT16', 1: 'INT8 UINT8 BOOL', 8: 'DOUBLE INT64 UINT64' };
  const [bytes = 4] = Object.entries(width).flatMap(([size, types]) =>
    types.split(' ').includes(type) ? Number(size) : [],
  );
  expect(bytesOf(DataType[type], data, hex.length / 2 / bytes)).toBe(hex);
});

it('types that safetensors does not have are left where they are', () => {
  expect(tensorLayout(create(TensorProtoSchema, { dataType: DataType.INT4, dims: [2n] }))).toBeUndefined();
  expect(tensorLayout(create(TensorProtoSchema, { dataType: DataType.STRING, dims: [2n] }))).toBeUndefined();
});

describe('exposeTensorBulk', () => {
  const file = (tensor: object) =>
    toBinary(
      ModelProtoSchema,
      create(ModelProtoSchema, {
        irVersion: 8n,
        graph: { name: 'g', initializer: [{ name: 'w', dims: [3n], ...tensor }] },
      }),
    );
  const initializer = (bytes: Uint8Array) => fromBinary(ModelProtoSchema, bytes).graph!.initializer[0]!;

  it('makes float_data raw_data, and says how many bytes it is', () => {
    const bytes = file({ dataType: DataType.FLOAT, floatData: [1.5, -2, 0] });
    const length = bytes.length;
    expect(exposeTensorBulk(bytes)).toBe(12);
    expect(bytes.length).toBe(length);
    const { floatData, rawData, name, dims } = initializer(bytes);
    expect({ floatData, name, dims }).toEqual({ floatData: [], name: 'w', dims: [3n] });
    expect(Buffer.from(rawData).toString('hex')).toBe('0000c03f000000c000000000');
  });

  it('leaves float_data of complex numbers, and tensors that have both', () => {
    const complex = file({ dataType: DataType.COMPLEX64, floatData: [1, 2] });
    expect(exposeTensorBulk(complex)).toBe(0);
    expect(initializer(complex).floatData).toEqual([1, 2]);
    const both = file({ dataType: DataType.FLOAT, floatData: [1], rawData: new Uint8Array(8) });
    expect(exposeTensorBulk(both)).toBe(8);
    expect(initializer(both).floatData).toEqual([1]);
  });

  it.each(['3a05', '3a0012', 'ffffffffffffffffffff01', '3a02ff', '07'])('refuses the bytes %s', (hex) => {
    expect(() => exposeTensorBulk(Buffer.from(hex, 'hex'))).toThrow(RangeError);
  });
});
