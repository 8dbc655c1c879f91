/**
 * Expected calibration error: how far a classifier's confidence is from how often it is right (C. Guo, G. Pleiss, Y. Sun
 * and K. Q. Weinberger, "On calibration of modern neural networks", ICML 2017, equation 3, with its 15 equal bins).
 */
const bins = 15;

/** The images whose best score lies above `from`, up to and with `to`. */
export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly images: number;
  /** Their mean best score, and the share whose best class is right; null without images. */
  readonly confidence: number | null;
  readonly accuracy: number | null;
}

export interface CalibrationResult {
  /** Σ images in bin ÷ images · |accuracy − confidence|. */
  readonly error: number;
  readonly bins: readonly CalibrationBin[];
}

export class Calibration {
  readonly #counts = Array.from({ length: bins }, () => ({ images: 0, right: 0, confidence: 0 }));
  #images = 0;

  /** @param confidence score of the best class, 0…1 */
  add(confidence: number, right: boolean): void {
    // Bin m holds ((m − 1)/15, m/15]; the first takes 0 too.
    const place = Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1));
    const bin = this.#counts[place]!;
    bin.images++;
    bin.confidence += confidence;
    if (right) bin.right++;
    this.#images++;
  }

  /** Of at least one image. */
  result(): CalibrationResult {
    const error = this.#counts.reduce(
      (sum, { right, confidence }) => sum + Math.abs(right - confidence) / this.#images,
      0,
    );
    return {
      error,
      bins: this.#counts.map(({ images, right, confidence }, place) => ({
        from: place / bins,
        to: (place + 1) / bins,
        images,
        confidence: images === 0 ? null : confidence / images,
        accuracy: images === 0 ? null : right / images,
      })),
    };
  }
}
