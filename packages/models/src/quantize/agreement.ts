/** Compares the scores of int8 with those of float32, image by image. */
import type { Agreement } from './quantization-schema.ts';

export class AgreementCount {
  #images = 0;
  #top1 = 0;
  #top5 = 0;
  #sum = 0;
  #worst = 0;

  /** @param fp32 scores of all classes, as many images one behind the other as in `int8`. */
  add(fp32: Float32Array, int8: Float32Array, classes: number): void {
    for (let begin = 0; begin < fp32.length; begin += classes) {
      this.#image(fp32.subarray(begin, begin + classes), int8.subarray(begin, begin + classes));
    }
  }

  #image(fp32: Float32Array, int8: Float32Array): void {
    const best = fp32.indexOf(fp32.reduce((a, b) => Math.max(a, b)));
    const own = int8[best] ?? Number.NaN;
    let before = 0;
    let largest = 0;
    for (const [label, score] of int8.entries()) {
      // Of equal scores the lower class comes first, as TopK has it.
      if (score > own || (score === own && label < best)) before++;
      largest = Math.max(largest, Math.abs(score - (fp32[label] ?? Number.NaN)));
    }
    this.#images++;
    if (before < 1) this.#top1++;
    if (before < 5) this.#top5++;
    this.#sum += largest;
    this.#worst = Math.max(this.#worst, largest);
  }

  get images(): number {
    return this.#images;
  }

  /** Of at least one image. */
  result(): Agreement {
    return {
      images: this.#images,
      top1: this.#top1 / this.#images,
      top5: this.#top5 / this.#images,
      meanDelta: this.#sum / this.#images,
      worstDelta: this.#worst,
    };
  }
}
