import type { ColumnSource } from 'hyparquet-writer';
import type { Label, LabelRecord } from '../schema/record.ts';
import { LabelLists } from './label-lists.ts';

/**
 * The rows of one row group, column by column, so that records are garbage as soon as they are added: a row group's worth
 * of them would be copied by the collector again and again.
 */
export class RecordColumns {
  readonly labels = new LabelLists();
  readonly #index: bigint[] = [];
  readonly #uri: string[] = [];
  readonly #version: (string | null)[] = [];
  readonly #status: string[] = [];
  readonly #best: (Label | null)[] = [];
  readonly #error: (object | null)[] = [];
  /** Ids and labels by themselves: every record brings its own copies of a few texts. */
  readonly #texts = new Map<string, string>();

  get rows(): number {
    return this.#index.length;
  }

  add(record: LabelRecord): void {
    const labels =
      record.status === 'ok'
        ? record.labels.map(({ id, label, score }) => ({
            id: this.#known(id),
            label: this.#known(label),
            score,
          }))
        : null;
    this.#index.push(BigInt(record.index));
    this.#uri.push(record.uri);
    this.#version.push(record.version ?? null);
    this.#status.push(record.status);
    this.#best.push(labels?.[0] ?? null);
    this.#error.push(record.status === 'error' ? record.error : null);
    this.labels.add(labels);
  }

  /** All but `labels`, in the order of the file. */
  get columnData(): ColumnSource[] {
    return [
      { name: 'index', data: this.#index },
      { name: 'uri', data: this.#uri },
      // What hardly two rows share, or any row may have: nobody skips a row group by it, and statistics take time.
      { name: 'version', data: this.#version, statistics: false },
      { name: 'status', data: this.#status },
      { name: 'label_id', data: this.#best.map((label) => label?.id ?? null), statistics: false },
      { name: 'label', data: this.#best.map((label) => label?.label ?? null), statistics: false },
      { name: 'score', data: this.#best.map((label) => label?.score ?? null) },
      { name: 'error', data: this.#error },
    ];
  }

  #known(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    this.#texts.set(text, text);
    return text;
  }
}
