/**
 * The records that a filter lets through, by their place among them: how many there are before each block of rows is
 * counted once, and a page reads only the blocks that it lies in.
 */
import type { Comparison } from './comparison.ts';
import { type Filter, rowTest } from './filter.ts';
import type { RecordIndex } from './record-index.ts';
import type { RecordPlace } from './record-reader.ts';
import { blockRows } from './row-file.ts';

/** A record, and where it lies. */
export interface FoundRow {
  readonly index: number;
  /** Null where it is gone. */
  readonly place: RecordPlace | null;
  /** The run that labelled it, where that is another. */
  readonly carriedFrom: string | null;
  /** Its index in the run that is compared with. */
  readonly partner: number | null;
  readonly changed: boolean;
}

export class FilteredView {
  readonly #index: RecordIndex;
  readonly #comparison: Comparison | null;
  readonly #test: ReturnType<typeof rowTest>;
  /** Matches before each block, and at the end of all of them. */
  readonly #before: Float64Array;

  private constructor(
    index: RecordIndex,
    comparison: Comparison | null,
    test: ReturnType<typeof rowTest>,
    before: Float64Array,
  ) {
    this.#index = index;
    this.#comparison = comparison;
    this.#test = test;
    this.#before = before;
  }

  static async count(
    index: RecordIndex,
    filter: Filter,
    comparison: Comparison | null,
  ): Promise<FilteredView> {
    const test = rowTest(filter, index.classes, index.origins);
    const before = [0];
    let matches = 0;
    for await (const { first, block } of index.blocks()) {
      const wanted = test(await comparedRows(comparison, first, block.rows));
      for (let row = 0; row < block.rows; row++) if (wanted(block, row)) matches++;
      before.push(matches);
    }
    return new FilteredView(index, comparison, test, Float64Array.from(before));
  }

  get total(): number {
    return this.#before.at(-1) ?? 0;
  }

  /** Matches from place `offset` on, at most `limit`. */
  async page(offset: number, limit: number): Promise<FoundRow[]> {
    const found: FoundRow[] = [];
    let skip = 0;
    for (let number = this.#blockOf(offset); number < this.#before.length - 1; number++) {
      const first = number * blockRows;
      const block = await this.#index.rows(first, blockRows);
      const compared = await comparedRows(this.#comparison, first, block.rows);
      const wanted = this.#test(compared);
      skip = Math.max(0, offset - (this.#before[number] ?? 0));
      for (let row = 0; row < block.rows; row++) {
        if (!wanted(block, row) || skip-- > 0) continue;
        if (found.length === limit) return found;
        const [partner, changed] = [compared?.partner(row) ?? null, compared?.changed(row) ?? false];
        found.push({
          index: first + row,
          place: this.#index.place(first + row, block, row),
          carriedFrom: this.#index.carriedFrom(block, row),
          partner,
          changed,
        });
      }
      if (found.length === limit) return found;
    }
    return found;
  }

  /** The block that the match at place `offset` lies in. */
  #blockOf(offset: number): number {
    let [low, high] = [0, this.#before.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#before[middle + 1] ?? Infinity) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

async function comparedRows(comparison: Comparison | null, first: number, rows: number) {
  return comparison === null ? null : comparison.rows(first, rows);
}
