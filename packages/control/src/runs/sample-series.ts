import type { Sample } from '../api-schema.ts';

/** As many points as a chart has pixels to show them. */
const mostSamples = 720;

/** Samples of one run over any time: once it is full, every second one goes and from then on half as many come in. */
export class SampleSeries {
  #samples: Sample[] = [];
  #leastGapMs = 0;

  get all(): readonly Sample[] {
    return this.#samples;
  }

  add(sample: Sample): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && sample.at - last.at < this.#leastGapMs) return;
    this.#samples.push(sample);
    if (this.#samples.length < mostSamples) return;
    const first = this.#samples[0]?.at ?? 0;
    this.#leastGapMs = (2 * (sample.at - first)) / mostSamples;
    this.#samples = this.#samples.filter((_, place) => place % 2 === 0);
  }
}
