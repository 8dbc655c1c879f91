import type { StageField, StageTotals } from '@labelmill/shared/stages/stage-totals';

/** What one thread measured since it last said so: sums only, two clock readings an image or batch. */
export class StageSums {
  #sums: Partial<Record<StageField, number>> = {};

  add(field: StageField, value: number): void {
    this.#sums[field] = (this.#sums[field] ?? 0) + value;
  }

  addAll(stages: Partial<StageTotals>): void {
    for (const [field, value] of Object.entries(stages)) this.add(field as StageField, value);
  }

  /** Does the work and adds its seconds to `field`, however it ends. */
  async time<T>(field: StageField, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      return await work();
    } finally {
      this.add(field, (performance.now() - began) / 1000);
    }
  }

  /** The sums, which begin again at nothing. */
  take(): Partial<StageTotals> {
    const sums = this.#sums;
    this.#sums = {};
    return sums;
  }
}
