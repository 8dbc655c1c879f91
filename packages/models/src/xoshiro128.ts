/**
 * xoshiro128**, by Blackman and Vigna (https://prng.di.unimi.it/xoshiro128starstar.c): a generator of 32-bit words that
 * needs only 32-bit integer arithmetic, so every machine computes the same ones.
 */
export class Xoshiro128 {
  readonly #state: Uint32Array;

  /** @param state four words, not all of them 0. */
  constructor(state: readonly [number, number, number, number]) {
    this.#state = Uint32Array.from(state);
  }

  /** Spreads a 32-bit seed over the state with the steps of splitmix32 (a Weyl sequence through Murmur3's finaliser). */
  static seeded(seed: number): Xoshiro128 {
    const step = (count: number): number => {
      let word = (seed + Math.imul(0x9e3779b9, count)) | 0;
      word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
      word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
      return (word ^ (word >>> 16)) >>> 0;
    };
    return new Xoshiro128([step(1), step(2), step(3), step(4)]);
  }

  /** Fills an array with the next words. Whole arrays, because a call per word would cost more than the word. */
  fill(words: Uint32Array): void {
    let [a = 0, b = 0, c = 0, d = 0] = this.#state;
    for (let place = 0; place < words.length; place++) {
      const product = Math.imul(b, 5);
      words[place] = Math.imul((product << 7) | (product >>> 25), 9);
      const shifted = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = (d << 11) | (d >>> 21);
    }
    this.#state.set([a, b, c, d]);
  }
}
