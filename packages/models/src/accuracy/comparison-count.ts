/** Two classifiers on the same images: how often they agree, and whether one is better. */
import { mcnemarExact } from './mcnemar.ts';
import { type Proportion, proportion } from './wilson.ts';

export interface Comparison {
  /** Images that both have answered and whose truth both know. */
  readonly images: number;
  /** The same best class, right or wrong. */
  readonly agreement: Proportion;
  readonly top1: { readonly first: Proportion; readonly second: Proportion };
  readonly bothRight: number;
  readonly onlyFirstRight: number;
  readonly onlySecondRight: number;
  readonly neitherRight: number;
  /** Of McNemar's exact test. */
  readonly pValue: number;
}

export class ComparisonCount {
  #agree = 0;
  #both = 0;
  #first = 0;
  #second = 0;
  #neither = 0;

  /** @param agree the two hold the same class for the best */
  add(firstRight: boolean, secondRight: boolean, agree: boolean): void {
    if (agree) this.#agree++;
    if (firstRight && secondRight) this.#both++;
    else if (firstRight) this.#first++;
    else if (secondRight) this.#second++;
    else this.#neither++;
  }

  /** Null without images. */
  result(): Comparison | null {
    const images = this.#both + this.#first + this.#second + this.#neither;
    if (images === 0) return null;
    return {
      images,
      agreement: proportion(this.#agree, images),
      top1: {
        first: proportion(this.#both + this.#first, images),
        second: proportion(this.#both + this.#second, images),
      },
      bothRight: this.#both,
      onlyFirstRight: this.#first,
      onlySecondRight: this.#second,
      neitherRight: this.#neither,
      pValue: mcnemarExact(this.#first, this.#second),
    };
  }
}
