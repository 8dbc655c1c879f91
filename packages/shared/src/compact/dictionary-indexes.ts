import { bitWidthFor, rleBitPacked } from './rle-bit-packed.ts';

/** The values of a page that are numbers of a dictionary of so many texts: the width of their bits, then they. */
export function dictionaryIndexes(numbers: Uint8Array | Int32Array, count: number, size: number): Uint8Array {
  const bitWidth = bitWidthFor(size);
  return Buffer.concat([Uint8Array.of(bitWidth), rleBitPacked(numbers, count, bitWidth)]);
}
