/**
 * A set of URIs that does not hold them: the first 128 bits of the SHA-256 of each, in one table. Of the most URIs it
 * takes, the chance that any two share those bits is below 10⁻²⁴ (n² / 2¹²⁹), so it is exact for every purpose.
 */
import { createHash } from 'node:crypto';
import { UsageError } from '@labelmill/shared/errors';

/** 32-bit words of a digest. */
const words = 4;
const fullShare = 0.75;
const firstSlots = 2 ** 12;
/** 256 MiB; half as much again while it grows to that. */
const mostSlots = 2 ** 24;
export const mostDistinctUris = fullShare * mostSlots;

export class UriSet {
  #table = new Uint32Array(firstSlots * words);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /**
   * @returns false where it was there
   * @throws UsageError `too_many_to_dedupe`
   */
  add(uri: string): boolean {
    if (this.#size >= fullShare * this.#slots) this.#grow();
    const digest = createHash('sha256').update(uri).digest();
    const key = Uint32Array.from({ length: words }, (_, n) => digest.readUInt32LE(4 * n));
    // A slot of zeros is an empty one.
    if (key.every((word) => word === 0)) key[0] = 1;
    if (!put(this.#table, key)) return false;
    this.#size++;
    return true;
  }

  get #slots(): number {
    return this.#table.length / words;
  }

  #grow(): void {
    if (this.#slots === mostSlots) {
      throw new UsageError(
        'too_many_to_dedupe',
        `--dedupe remembers at most ${mostDistinctUris} different URIs: split the source, or sort it and drop repeated lines`,
      );
    }
    const grown = new Uint32Array(this.#table.length * 2);
    for (let at = 0; at < this.#table.length; at += words) {
      const key = this.#table.subarray(at, at + words);
      if (key.some((word) => word !== 0)) put(grown, key);
    }
    this.#table = grown;
  }
}

/** Puts a key into its slot, or the next free one; false where it is there. */
function put(table: Uint32Array, key: Uint32Array): boolean {
  const mask = table.length / words - 1;
  for (let slot = key[0]! & mask; ; slot = (slot + 1) & mask) {
    const at = slot * words;
    const there = table.subarray(at, at + words);
    if (there.every((word) => word === 0)) {
      there.set(key);
      return true;
    }
    if (there.every((word, n) => word === key[n])) return false;
  }
}
