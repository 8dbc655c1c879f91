import { Xoshiro128 } from '@labelmill/models/xoshiro128';

/** Random choices that a seed and a number replay: mutant `n` of a seed is the same whatever came before it. */
export class Random {
  readonly #source: Xoshiro128;
  readonly #words = new Uint32Array(64);
  #next = this.#words.length;

  constructor(seed: number, n: number) {
    this.#source = Xoshiro128.seeded((Math.imul(seed, 0x01000193) ^ Math.imul(n + 1, 0x9e3779b9)) | 0);
  }

  /** 32 bits. */
  word(): number {
    if (this.#next === this.#words.length) {
      this.#source.fill(this.#words);
      this.#next = 0;
    }
    return this.#words[this.#next++] ?? 0;
  }

  /** An integer from 0 up to, not including, `end`; 0 where `end` is 0. */
  below(end: number): number {
    return Math.floor((this.word() / 2 ** 32) * end);
  }

  chance(share: number): boolean {
    return this.word() / 2 ** 32 < share;
  }

  pick<T>(choices: readonly T[]): T {
    const chosen = choices[this.below(choices.length)];
    if (chosen === undefined) throw new RangeError('nothing to choose from');
    return chosen;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.below(256));
  }
}
