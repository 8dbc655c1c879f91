/** Damage that knows no format. Every mutator gives new bytes and leaves its input alone. */
import type { Random } from './random.ts';

export type ByteMutator = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

/** Numbers at the edges of what 8, 16 and 32 bits hold. */
export const edges: readonly number[] = [
  0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xfffe, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
];

/** Three of four changes fall into the first kilobyte, where the headers are. */
export function placeIn(bytes: Uint8Array, random: Random): number {
  return random.below(random.chance(0.75) ? Math.min(1024, bytes.length) : bytes.length);
}

export const byteMutators: Readonly<Record<string, ByteMutator>> = {
  flipBits(bytes, random) {
    const changed = new Uint8Array(bytes);
    for (let left = 1 + random.below(8); left > 0; left--) {
      const at = placeIn(bytes, random);
      changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
    }
    return changed;
  },
  setBytes(bytes, random) {
    const changed = new Uint8Array(bytes);
    for (let left = 1 + random.below(8); left > 0; left--) {
      changed[placeIn(bytes, random)] = random.chance(0.5) ? random.below(256) : random.pick(edges);
    }
    return changed;
  },
  setNumber(bytes, random) {
    const changed = Buffer.from(bytes);
    const width = random.pick([2, 4]);
    if (changed.length < width) return changed;
    const at = Math.min(placeIn(bytes, random), changed.length - width);
    const number = random.pick(edges) % 2 ** (8 * width);
    if (random.chance(0.5)) changed.writeUIntBE(number, at, width);
    else changed.writeUIntLE(number, at, width);
    return changed;
  },
  truncate: (bytes, random) => bytes.subarray(0, placeIn(bytes, random)),
  cutOut(bytes, random) {
    const at = placeIn(bytes, random);
    return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(64)));
  },
  insert(bytes, random) {
    const at = placeIn(bytes, random);
    return joined(bytes.subarray(0, at), random.bytes(1 + random.below(64)), bytes.subarray(at));
  },
  repeat(bytes, random) {
    const at = placeIn(bytes, random);
    const part = bytes.subarray(at, at + 1 + random.below(256));
    const copies = Array.from({ length: 1 + random.below(16) }, () => part);
    return joined(bytes.subarray(0, at), ...copies, bytes.subarray(at));
  },
  zeroRange(bytes, random) {
    const changed = new Uint8Array(bytes);
    const at = placeIn(bytes, random);
    return changed.fill(random.pick([0, 0xff]), at, at + 1 + random.below(256));
  },
  splice(bytes, random, other) {
    const at = placeIn(bytes, random);
    const from = random.chance(0.5) ? at : placeIn(other, random);
    return joined(bytes.subarray(0, at), other.subarray(from));
  },
};

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
