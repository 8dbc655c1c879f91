/**
 * A look at an ONNX file's bytes before they are decoded: how much of it is numbers, and float_data made raw_data.
 *
 * In protobuf, a packed `float_data` (field 4) and `raw_data` (field 9) hold the same bytes: little-endian float32.
 * Decoded, the one is an array of 8 bytes and more a number, gigabytes for VGG-19, and the other a view into the file. So
 * the field's number is changed in place. Some exporters write float_data to this day.
 */

/** By field number, where tensors lie: ModelProto.graph → GraphProto.initializer, and .node → .attribute → .t */
interface Path {
  readonly [field: number]: Path | 'tensor';
}
const model: Path = { 7: { 1: { 5: { 5: 'tensor' } }, 5: 'tensor' } };

const floatType = 1;
const fields = { dataType: 2, floatData: 4, rawData: 9 } as const;
const lengthDelimited = 2;
const rawDataTag = (fields.rawData << 3) | lengthDelimited;

/**
 * Turns float_data to raw_data in `file` and returns how many of its bytes are tensors' numbers. The rest is structure,
 * whose decoding costs many times its bytes.
 *
 * @throws RangeError where the bytes are no protobuf message.
 */
export function exposeTensorBulk(file: Uint8Array): number {
  let bulk = 0;
  const visit = (from: number, to: number, path: Path): void => {
    for (const { field, wire, start, end } of wireFields(file, from, to)) {
      const below = wire === lengthDelimited ? path[field] : undefined;
      if (below === 'tensor') bulk += exposeTensor(file, start, end);
      else if (below !== undefined) visit(start, end, below);
    }
  };
  visit(0, file.length, model);
  return bulk;
}

function exposeTensor(file: Uint8Array, from: number, to: number): number {
  let isFloat = false;
  let rawBytes = 0;
  const floats: WireField[] = [];
  for (const member of wireFields(file, from, to)) {
    const { field, wire, value, start, end } = member;
    if (field === fields.dataType) isFloat = value === floatType;
    if (wire === lengthDelimited && field === fields.rawData) rawBytes += end - start;
    if (wire === lengthDelimited && field === fields.floatData) floats.push(member);
  }
  const [packed] = floats;
  if (!isFloat || rawBytes > 0 || floats.length !== 1 || packed === undefined) return rawBytes;
  file[packed.tag] = rawDataTag;
  return packed.end - packed.start;
}

interface WireField {
  readonly field: number;
  readonly wire: number;
  /** Where its tag is. */
  readonly tag: number;
  /** Of a length-delimited field's content. */
  readonly start: number;
  readonly end: number;
  /** Of a varint. */
  readonly value: number;
}

/** https://protobuf.dev/programming-guides/encoding/ */
function* wireFields(bytes: Uint8Array, from: number, to: number): Generator<WireField> {
  let position = from;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; factor < 2 ** 70; factor *= 128) {
      const byte = position < to ? (bytes[position++] ?? 0) : broken();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    return broken();
  };
  while (position < to) {
    const tag = position;
    const key = varint();
    const field = Math.floor(key / 8);
    const wire = key % 8;
    let value = 0;
    let length = 0;
    if (wire === 0) value = varint();
    else if (wire === lengthDelimited) length = varint();
    else if (wire === 1) length = 8;
    else if (wire === 5) length = 4;
    else broken();
    const start = position;
    position += length;
    if (position > to) broken();
    yield { field, wire, tag, start, end: position, value };
  }
}

function broken(): never {
  throw new RangeError('its bytes are no protobuf message');
}
