/** A run's error records by code, with the first few of each. */
import type { LabelRecord } from '@labelmill/shared/schema/record';

export interface FailedImage {
  readonly index: number;
  readonly uri: string;
  readonly message: string;
}

export interface ErrorCount {
  readonly code: string;
  readonly images: number;
  readonly retryable: boolean;
  /** In the run's order. */
  readonly examples: readonly FailedImage[];
}

export class ErrorTally {
  readonly #codes = new Map<string, { images: number; retryable: boolean; examples: FailedImage[] }>();
  readonly #kept: number;

  /** @param kept examples of each code */
  constructor(kept: number) {
    this.#kept = kept;
  }

  add(record: LabelRecord): void {
    if (record.status === 'ok') return;
    const { code, message, retryable } = record.error;
    let count = this.#codes.get(code);
    if (count === undefined) {
      count = { images: 0, retryable: false, examples: [] };
      this.#codes.set(code, count);
    }
    count.images++;
    count.retryable ||= retryable;
    count.examples.push({ index: record.index, uri: record.uri, message });
    count.examples.sort((a, b) => a.index - b.index).splice(this.#kept);
  }

  /** Most images first. */
  result(): ErrorCount[] {
    return [...this.#codes]
      .map(([code, count]) => ({ code, ...count }))
      .sort((a, b) => b.images - a.images || (a.code < b.code ? -1 : 1));
  }
}
