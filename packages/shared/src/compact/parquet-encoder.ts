import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { LabelRecord } from '../schema/record.ts';
import { RecordColumns } from './record-columns.ts';
import { capacity, type RecordEncoder } from './record-encoder.ts';
import { recordCompression, recordTable } from './record-table.ts';

/** Rows of a row group: what readers skip by, and what is held as objects. */
export const rowGroupRows = 65_536;

export class ParquetEncoder implements RecordEncoder {
  readonly #writer: ByteWriter;
  readonly #file: ParquetWriter;
  readonly #groupRows: number;
  #columns = new RecordColumns();

  /** @param fileBytes about what the file will have */
  constructor(groupRows: number, fileBytes: number) {
    this.#groupRows = groupRows;
    this.#writer = new ByteWriter(capacity(fileBytes));
    this.#file = new ParquetWriter({
      writer: this.#writer,
      schema: recordTable,
      ...recordCompression,
      createdBy: 'labelmill',
    });
  }

  get bytes(): number {
    return this.#writer.offset;
  }

  add(records: readonly LabelRecord[]): void {
    for (const record of records) {
      this.#columns.add(record);
      if (this.#columns.rows === this.#groupRows) this.#writeGroup();
    }
  }

  finish(): Uint8Array {
    if (this.#columns.rows > 0) this.#writeGroup();
    void this.#file.finish();
    return this.#writer.getBytes();
  }

  #writeGroup(): void {
    const { columnData, labels, rows } = this.#columns;
    // Into memory: nothing to wait for.
    void this.#file.write({ columnData, rowGroupSize: rows });
    labels.write(this.#file, recordCompression);
    this.#columns = new RecordColumns();
  }
}
