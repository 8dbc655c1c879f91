/**
 * Finds the batch size at which inference is quickest, by trying some on the images that are to be labelled anyway: the
 * measurement costs no work, sees the cores as busy with decoding as they will be, and keeps nobody waiting at start.
 *
 * Sizes take turns, so that a machine whose speed drifts treats all alike. The median of the batches of a size counts,
 * without its first, which plans and allocates.
 */
export interface BatchTunerOptions {
  /** At least one. */
  readonly sizes: readonly number[];
  /** Images to label before the trial begins: short runs have none. */
  readonly startAfter: number;
  /** Images after which the trial ends without a result: loading does not fill such batches. */
  readonly giveUpAfter: number;
  /** The size for that case. */
  readonly otherwise: number;
}

/** Of each size, the first included. */
const batchesPerSize = 6;
/** A larger batch must be quicker by more than noise to make results come later. */
const worthwhile = 0.97;

export class BatchTuner {
  readonly #options: BatchTunerOptions;
  /** Seconds per image, by size. */
  readonly #measured: Map<number, number[]>;
  #images = 0;
  #ended = false;

  constructor(options: BatchTunerOptions) {
    this.#options = options;
    this.#measured = new Map([...options.sizes].sort((a, b) => a - b).map((size) => [size, []]));
  }

  /**
   * Takes the time of one inference call.
   * @returns the size that further batches should have, and whether that is for good; null for no change
   */
  add(images: number, seconds: number): { readonly size: number; readonly final: boolean } | null {
    const { startAfter, giveUpAfter } = this.#options;
    this.#images += images;
    if (this.#ended || this.#images <= startAfter) return null;
    this.#measured.get(images)?.push(seconds / images);
    const [least, batches] = this.#leastMeasured();
    if (batches >= batchesPerSize) return this.#end(this.#best());
    if (this.#images > startAfter + giveUpAfter) return this.#end(null);
    return { size: least, final: false };
  }

  #end(best: number | null): { size: number; final: boolean } {
    this.#ended = true;
    return { size: best ?? this.#options.otherwise, final: best !== null };
  }

  #leastMeasured(): [size: number, batches: number] {
    let least: [number, number] = [0, Number.POSITIVE_INFINITY];
    for (const [size, { length }] of this.#measured) if (length < least[1]) least = [size, length];
    return least;
  }

  #best(): number {
    let [best, quickest] = [0, Number.POSITIVE_INFINITY];
    for (const [size, [, ...times]] of this.#measured) {
      const median = times.sort((a, b) => a - b)[times.length >> 1]!;
      if (median < quickest * worthwhile) [best, quickest] = [size, median];
    }
    return best;
  }
}
