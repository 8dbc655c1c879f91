import type { LabelRecord } from '@labelmill/shared/schema/record';
import { compareOrderKeys, orderKey } from './image-order.ts';

/** What two runs say of one image; null where a run has no such image. */
export interface RecordPair {
  readonly a: LabelRecord | null;
  readonly b: LabelRecord | null;
}

/** Pairs the records of two runs, both in the order of their URIs. Of an image listed twice, the first goes with the first. */
export async function* pairedRecords(
  a: AsyncGenerator<readonly LabelRecord[]>,
  b: AsyncGenerator<readonly LabelRecord[]>,
): AsyncGenerator<RecordPair> {
  const [left, right] = [new Reader(a), new Reader(b)];
  for (;;) {
    const [first, second] = [await left.peek(), await right.peek()];
    if (first === null && second === null) return;
    const order =
      first === null ? 1 : second === null ? -1 : compareOrderKeys(orderKey(first.uri), orderKey(second.uri));
    if (order <= 0) left.take();
    if (order >= 0) right.take();
    yield { a: order <= 0 ? first : null, b: order >= 0 ? second : null };
  }
}

class Reader {
  readonly #batches: AsyncGenerator<readonly LabelRecord[]>;
  #batch: readonly LabelRecord[] = [];
  #at = 0;

  constructor(batches: AsyncGenerator<readonly LabelRecord[]>) {
    this.#batches = batches;
  }

  async peek(): Promise<LabelRecord | null> {
    while (this.#at >= this.#batch.length) {
      const { value, done } = await this.#batches.next();
      if (done) return null;
      [this.#batch, this.#at] = [value, 0];
    }
    return this.#batch[this.#at] ?? null;
  }

  take(): void {
    this.#at++;
  }
}
