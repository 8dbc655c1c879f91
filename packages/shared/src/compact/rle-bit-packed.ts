/**
 * Parquet's hybrid of run-length encoding and bit-packing, for levels and dictionary indexes:
 * https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE
 */

/** From so many equal values on a run is shorter than packed bits; packed bits come in as many values. */
const groupSize = 8;

/** Bits of the numbers of so many values; never 0, which not every reader expects. */
export function bitWidthFor(count: number): number {
  return Math.max(1, 32 - Math.clz32(Math.max(0, count - 1)));
}

/**
 * @param count of the values that are meant, the first ones
 * @param bitWidth at most 24
 */
export function rleBitPacked(values: Uint8Array | Int32Array, count: number, bitWidth: number): Uint8Array {
  // No eight values take more than packed by themselves, or as a run of the longest header.
  const out = new Uint8Array((count / groupSize + 2) * (bitWidth + 9));
  let at = 0;
  let packedFrom = 0;
  for (let place = 0; place < count; ) {
    const value = values[place] ?? 0;
    let end = place + 1;
    while (end < count && values[end] === value) end++;
    if (end - place < groupSize) {
      place += groupSize;
      if (place < count) continue;
      at = packed(out, at, values, packedFrom, count, bitWidth);
      break;
    }
    if (packedFrom < place) at = packed(out, at, values, packedFrom, place, bitWidth);
    at = varint(out, at, (end - place) * 2);
    for (let shift = 0; shift < bitWidth; shift += 8) out[at++] = value >>> shift;
    place = end;
    packedFrom = end;
  }
  return out.slice(0, at);
}

/** Whole groups, the last filled up with zeros. @returns the place behind them */
function packed(
  out: Uint8Array,
  start: number,
  values: Uint8Array | Int32Array,
  first: number,
  end: number,
  bitWidth: number,
): number {
  const groups = Math.ceil((end - first) / groupSize);
  let at = varint(out, start, groups * 2 + 1);
  let bits = 0;
  let used = 0;
  for (let place = first; place < first + groups * groupSize; place++) {
    bits |= (place < end ? (values[place] ?? 0) : 0) << used;
    for (used += bitWidth; used >= 8; used -= 8) {
      out[at++] = bits;
      bits >>>= 8;
    }
  }
  return at;
}

function varint(out: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) out[at++] = (rest & 0x7f) | 0x80;
  out[at++] = rest;
  return at;
}
