/** How sure a run was: the scores of the best labels, in equal bins from 0 to 1. */
const bins = 20;

export interface Confidence {
  /** Images by bin; bin n holds n/20 ≤ score < (n + 1)/20, the last one 1 too. */
  readonly bins: readonly number[];
  /** By the bins: the middle of the one that holds the middle image. */
  readonly median: number;
}

export class ConfidenceHistogram {
  readonly #bins = Array.from({ length: bins }, () => 0);
  #images = 0;
  #outside = false;

  add(score: number): void {
    if (!(score >= 0 && score <= 1.000001)) this.#outside = true;
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(score * bins)));
    this.#bins[bin]! += 1;
    this.#images++;
  }

  /** Null without images, and where a score lies outside 0…1: such scores are no probabilities. */
  result(): Confidence | null {
    if (this.#images === 0 || this.#outside) return null;
    let seen = 0;
    const middle = this.#bins.findIndex((images) => {
      seen += images;
      return 2 * seen >= this.#images;
    });
    return { bins: this.#bins, median: (middle + 0.5) / bins };
  }
}
