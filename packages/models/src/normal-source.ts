/** Seeded normally distributed numbers. */
import { Xoshiro128 } from './xoshiro128.ts';

const wordsAtOnce = 1 << 14;

/**
 * N(0, σ²) by the polar method (Marsaglia & Bray 1964) over xoshiro128**. The stream depends on the seed alone, not on
 * how it is cut into calls. The square root is exact by IEEE 754 and the logarithm is V8's own in software, so that the
 * numbers, rounded to float32, are the same on every machine with this Node.
 */
export class NormalSource {
  readonly #generator: Xoshiro128;
  readonly #words = new Uint32Array(wordsAtOnce);
  #nextWord = wordsAtOnce;
  /** The method makes two numbers at a time; the one that did not fit. */
  #spare: number | undefined;

  /** @param seed 0 … 2³² − 1. */
  constructor(seed: number) {
    this.#generator = Xoshiro128.seeded(seed);
  }

  /** Fills `numbers` with the next ones, of standard deviation `sigma`. */
  fill(numbers: Float32Array, sigma: number): void {
    const words = this.#words;
    let place = 0;
    if (this.#spare !== undefined && numbers.length > 0) {
      numbers[place++] = sigma * this.#spare;
      this.#spare = undefined;
    }
    while (place < numbers.length) {
      if (this.#nextWord === wordsAtOnce) {
        this.#generator.fill(words);
        this.#nextWord = 0;
      }
      // Uniform in (−1, 1), never 0: half a step beside the 2³² grid points.
      const u = ((words[this.#nextWord++] ?? 0) + 0.5) * 2 ** -31 - 1;
      const v = ((words[this.#nextWord++] ?? 0) + 0.5) * 2 ** -31 - 1;
      const square = u * u + v * v;
      if (square >= 1) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      numbers[place++] = sigma * u * factor;
      if (place < numbers.length) numbers[place++] = sigma * v * factor;
      else this.#spare = v * factor;
    }
  }
}
