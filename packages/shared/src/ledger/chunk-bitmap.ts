/** The chunks of a run as a bitmap of Redis: chunk 0 is the highest bit of byte 0. */

export function bitmapOf(chunks: Iterable<number>): { bytes: Buffer; count: number } {
  const seqs = [...chunks];
  const bytes = Buffer.alloc(seqs.reduce((most, seq) => Math.max(most, byteOf(seq) + 1), 0));
  for (const seq of seqs) bytes[byteOf(seq)] = (bytes[byteOf(seq)] ?? 0) | bitOf(seq);
  return { bytes, count: seqs.length };
}

/** The byte that a chunk's bit is in. */
export const byteOf = (seq: number) => seq >> 3;

/**
 * Chunks from `from` on, below `end`, whose bit is 0.
 * @param bytes the bitmap from `byteOf(from)` on; what is missing at its end is 0
 */
export function clearBits(bytes: Uint8Array, from: number, end: number): number[] {
  const clear: number[] = [];
  for (let seq = from; seq < end; seq++) {
    if (((bytes[byteOf(seq) - byteOf(from)] ?? 0) & bitOf(seq)) === 0) clear.push(seq);
  }
  return clear;
}

const bitOf = (seq: number) => 0x80 >> (seq & 7);
