/** Records that become one row group of a Parquet file, page by page: what readers skip by. */
import type { Statistics } from 'hyparquet';
import type { ParquetWriter } from 'hyparquet-writer';
import type { LabelRecord } from '../schema/record.ts';
import { ByteBounds } from './byte-bounds.ts';
import { ByteDictionary } from './byte-dictionary.ts';
import type { ChunkRecords } from './chunk-records.ts';
import { type ChunkEnd, ColumnChunk } from './column-chunk.ts';
import { pageRows, RecordPage } from './record-page.ts';
import { type LeafPath, leafTypes } from './record-table.ts';

const statuses = new ByteDictionary();
for (const status of ['ok', 'error']) statuses.placeText(status);

export class RowGroup {
  rows = 0;
  #errors = 0;
  #leastScore = Number.POSITIVE_INFINITY;
  #greatestScore = Number.NEGATIVE_INFINITY;
  #scores = 0;
  #firstIndex = 0;
  #lastIndex = 0;
  readonly #ids = new ByteDictionary();
  readonly #texts = new ByteDictionary();
  readonly #uris = new ByteBounds();
  readonly #page = new RecordPage(this.#ids, this.#texts, this.#uris);
  readonly #chunks = new Map(
    Object.entries(leafTypes).map(([path, type]) => [
      path as LeafPath,
      new ColumnChunk(path.split('.'), type),
    ]),
  );

  /** The record that the chunk has come to. */
  add({ record, line, bytes }: ChunkRecords): void {
    if (record === null) {
      this.#page.addLine(line, bytes);
      this.#endRow(line.index);
    } else this.addRecord(record);
  }

  addRecord(record: LabelRecord): void {
    this.#page.addRecord(record);
    this.#endRow(record.index);
  }

  /** Appends it to the file. Nothing may be added after it. */
  async write(file: ParquetWriter): Promise<void> {
    if (this.#page.rows > 0) this.#endPage();
    const num_rows = BigInt(this.rows);
    file.num_rows += num_rows;
    file.row_groups.push({ columns: [], total_byte_size: 0n, total_compressed_size: 0n, num_rows });
    const ends = this.#ends();
    for (const [path, chunk] of this.#chunks) await chunk.write(file, ends[path] ?? {});
  }

  #endRow(index: number): void {
    this.#lastIndex = index;
    if (this.rows === 0) this.#firstIndex = index;
    this.rows++;
    if (this.#page.rows === pageRows) this.#endPage();
  }

  #endPage(): void {
    this.#errors += this.#page.errors;
    const { pages, scores } = this.#page.take();
    this.#scores += scores.length;
    for (const score of scores) {
      this.#leastScore = Math.min(this.#leastScore, score);
      this.#greatestScore = Math.max(this.#greatestScore, score);
    }
    for (const [path, chunk] of this.#chunks) chunk.add(pages[path]);
  }

  #ends(): Partial<Record<LeafPath, ChunkEnd>> {
    const dictionary = (texts: ByteDictionary) => ({ page: texts.page(), size: texts.size });
    const [ids, texts] = [dictionary(this.#ids), dictionary(this.#texts)];
    const none = BigInt(this.rows - this.#errors);
    return {
      index: {
        statistics: {
          min_value: BigInt(this.#firstIndex),
          max_value: BigInt(this.#lastIndex),
          null_count: 0n,
        },
      },
      uri: { statistics: { ...this.#uris.statistics, null_count: 0n } },
      status: {
        dictionary: dictionary(statuses),
        statistics: {
          min_value: this.#errors > 0 ? 'error' : 'ok',
          max_value: this.#errors < this.rows ? 'ok' : 'error',
          null_count: 0n,
        },
      },
      label_id: { dictionary: ids },
      label: { dictionary: texts },
      score: { statistics: this.#scoreStatistics() },
      'labels.list.element.id': { dictionary: ids },
      'labels.list.element.label': { dictionary: texts },
      'error.code': { statistics: { null_count: none } },
      'error.message': { statistics: { null_count: none } },
      'error.retryable': { statistics: { null_count: none } },
    };
  }

  #scoreStatistics(): Statistics {
    const null_count = BigInt(this.rows - this.#scores);
    if (this.#scores === 0) return { null_count };
    // Zeros are bounds of both signs: the format asks for it.
    return { min_value: this.#leastScore || -0, max_value: this.#greatestScore || 0, null_count };
  }
}
