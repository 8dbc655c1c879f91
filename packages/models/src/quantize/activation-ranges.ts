/** Gathers the ranges of activations over the calibration images. */
import type { RealRange } from './affine.ts';
import { type Clipping, clippings } from './clipping.ts';

/**
 * Of one activation. The percentiles are those of each image, averaged: unlike those of all numbers together they need
 * no histogram, and no single odd image decides.
 */
export class ActivationRange {
  #images = 0;
  #lowest = 0;
  #highest = 0;
  readonly #sums = clippings.map(() => 0);
  readonly #rectified: boolean;

  /** @param rectified behind ReLU: nothing is negative. Other values, such as the input's pixels, are never clipped. */
  constructor(rectified: boolean) {
    this.#rectified = rectified;
  }

  /**
   * @param high [images, 4]: each image's ends in the order of `clippings`.
   * @param low [images], or null behind ReLU.
   */
  add(high: Float32Array, low: Float32Array | null): void {
    this.#images += high.length / clippings.length;
    high.forEach((value, place) => {
      const clipping = place % clippings.length;
      this.#sums[clipping] = (this.#sums[clipping] ?? 0) + value;
      this.#highest = Math.max(this.#highest, value);
    });
    for (const value of low ?? []) this.#lowest = Math.min(this.#lowest, value);
  }

  range(clipping: Clipping): RealRange {
    if (!this.#rectified || clipping === 'min-max') return { low: this.#lowest, high: this.#highest };
    return { low: 0, high: (this.#sums[clippings.indexOf(clipping)] ?? 0) / this.#images };
  }
}
