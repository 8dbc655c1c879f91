/** Typed columns of the rows of one page, filled from lines where they lie, or from records. */
import type { LabelRecord } from '../schema/record.ts';
import type { ByteBounds } from './byte-bounds.ts';
import type { ByteDictionary } from './byte-dictionary.ts';
import { ByteValues } from './byte-values.ts';
import type { Page } from './column-chunk.ts';
import { dictionaryIndexes } from './dictionary-indexes.ts';
import { LabelColumns } from './label-columns.ts';
import type { OkLine } from './ok-line.ts';
import type { LeafPath } from './record-table.ts';
import { rleBitPacked } from './rle-bit-packed.ts';

/** Rows, as many as other writers put into a page at most. */
export const pageRows = 16_384;

const none = new Uint8Array(0);

export class RecordPage {
  rows = 0;
  /** Rows that are error records. */
  errors = 0;
  /** Two a row: the number's lower half, then the upper one. */
  readonly #index = new Uint32Array(2 * pageRows);
  readonly #uri = new ByteValues();
  readonly #version = new ByteValues();
  readonly #hasVersion = new Uint8Array(pageRows);
  #versions = 0;
  readonly #labels: LabelColumns;
  readonly #hasError = new Uint8Array(pageRows);
  readonly #code = new ByteValues();
  readonly #message = new ByteValues();
  readonly #retryable = new Uint8Array(pageRows / 8);
  readonly #uriBounds: ByteBounds;

  /** @param ids @param texts of labels, so far */
  constructor(ids: ByteDictionary, texts: ByteDictionary, uriBounds: ByteBounds) {
    this.#labels = new LabelColumns(pageRows, ids, texts);
    this.#uriBounds = uriBounds;
  }

  addLine(line: OkLine, bytes: Uint8Array): void {
    this.#addUri(line.index, bytes, line.uriStart, line.uriEnd);
    this.#hasVersion[this.rows] = line.versionStart >= 0 ? 1 : 0;
    if (line.versionStart >= 0) {
      this.#version.append(bytes, line.versionStart, line.versionEnd);
      this.#versions++;
    }
    this.#hasError[this.rows] = 0;
    this.#labels.addLine(line, bytes);
    this.rows++;
  }

  addRecord(record: LabelRecord): void {
    const uri = Buffer.from(record.uri);
    this.#addUri(record.index, uri, 0, uri.length);
    this.#hasVersion[this.rows] = record.version === undefined ? 0 : 1;
    if (record.version !== undefined) {
      this.#version.appendText(record.version);
      this.#versions++;
    }
    this.#hasError[this.rows] = record.status === 'error' ? 1 : 0;
    this.#labels.addRow(record.status === 'ok' ? record.labels : null);
    if (record.status === 'error') this.#addError(record.error);
    this.rows++;
  }

  /** The pages of the columns, by their paths; the rows are then forgotten. `scores` are the best labels'. */
  take(): { readonly pages: Readonly<Record<LeafPath, Page>>; readonly scores: Float64Array } {
    const { rows, errors } = this;
    const flat = { rows, slots: rows, nulls: 0, repetition: none, definition: none };
    const version = {
      ...flat,
      nulls: rows - this.#versions,
      definition: rleBitPacked(this.#hasVersion, rows, 1),
    };
    const error = { ...flat, nulls: rows - errors, definition: rleBitPacked(this.#hasError, rows, 1) };
    const { pages, scores } = this.#labels.take();
    const taken = {
      index: { ...flat, values: new Uint8Array(this.#index.slice(0, 2 * rows).buffer) },
      uri: { ...flat, values: this.#uri.take() },
      version: { ...version, values: this.#version.take() },
      // Numbers of the dictionary of `status`: 0 is ok, 1 is error.
      status: { ...flat, values: dictionaryIndexes(this.#hasError, rows, 2) },
      ...pages,
      'error.code': { ...error, values: this.#code.take() },
      'error.message': { ...error, values: this.#message.take() },
      'error.retryable': { ...error, values: this.#retryable.slice(0, Math.ceil(errors / 8)) },
    };
    this.rows = 0;
    this.errors = 0;
    this.#versions = 0;
    this.#retryable.fill(0);
    return { pages: taken, scores };
  }

  #addUri(index: number, bytes: Uint8Array, start: number, end: number): void {
    this.#index[2 * this.rows] = index;
    this.#index[2 * this.rows + 1] = index / 2 ** 32;
    this.#uri.append(bytes, start, end);
    this.#uriBounds.add(bytes, start, end);
  }

  #addError({ code, message, retryable }: Extract<LabelRecord, { status: 'error' }>['error']): void {
    this.#code.appendText(code);
    this.#message.appendText(message);
    // Booleans are bits, the first the lowest.
    const byte = this.errors >> 3;
    this.#retryable[byte] = (this.#retryable[byte] ?? 0) | (Number(retryable) << (this.errors & 7));
    this.errors++;
  }
}
