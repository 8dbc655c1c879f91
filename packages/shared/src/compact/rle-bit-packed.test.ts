import fc from 'fast-check';
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js';
import { expect, it } from 'vitest';
import { bitWidthFor, rleBitPacked } from './rle-bit-packed.ts';

it('a reader gets the same values, in runs and out of them, whatever their width', () => {
  const runs = fc.array(fc.tuple(fc.nat({ max: 2 ** 20 }), fc.integer({ min: 1, max: 40 })), {
    maxLength: 40,
  });
  const property = fc.property(runs, fc.integer({ min: 1, max: 20 }), (parts, bitWidth) => {
    const values = parts.flatMap(([value, times]) => Array<number>(times).fill(value % 2 ** bitWidth));
    // Behind them lies what was there before: it is not meant.
    const encoded = rleBitPacked(Int32Array.from([...values, 5, 6, 7]), values.length, bitWidth);
    const { buffer, byteOffset, byteLength } = encoded;
    const read: number[] = Array(values.length).fill(0);
    const reader = { view: new DataView(buffer, byteOffset, byteLength), offset: 0 };
    readRleBitPackedHybrid(reader, bitWidth, read, encoded.length);
    expect(read).toEqual(values);
  });
  fc.assert(property, { numRuns: 1000 });
});

it('a thousand equal values are three bytes', () => {
  expect(Array.from(rleBitPacked(new Uint8Array(1000).fill(1), 1000, 1))).toEqual([0xd0, 0x0f, 1]);
});

it.each([
  [0, 1],
  [1, 1],
  [2, 1],
  [3, 2],
  [1000, 10],
  [1024, 10],
  [1025, 11],
])('the numbers of %i values take %i bits', (count, bits) => expect(bitWidthFor(count)).toBe(bits));
