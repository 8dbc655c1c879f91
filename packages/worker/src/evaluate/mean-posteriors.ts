/** The mean of several views' class posteriors, "averaged" as in section 3.2 of the VGG paper, and its best classes. */
import type { Scores } from '../engine/session.ts';

export class MeanPosteriors {
  /** By class. */
  readonly #sums: number[] = [];
  #views = 0;

  /** Adds the first `count` rows of a graph that ranks all classes. */
  add({ k, score, index }: Pick<Scores, 'k' | 'score' | 'index'>, count: number): void {
    for (let place = 0; place < count * k; place++) {
      const label = Number(index[place]);
      this.#sums[label] = (this.#sums[label] ?? 0) + score[place]!;
    }
    this.#views += count;
  }

  /** The `k` best, best first; of equal scores the lower class first, as ONNX's TopK has it. */
  best(k: number): { scores: number[]; indices: number[] } {
    const indices = [...this.#sums.keys()]
      .sort((a, b) => this.#sums[b]! - this.#sums[a]! || a - b)
      .slice(0, k);
    return { indices, scores: indices.map((label) => this.#sums[label]! / this.#views) };
  }
}
