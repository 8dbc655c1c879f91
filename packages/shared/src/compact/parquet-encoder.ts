/**
 * Records as Parquet: the fields of a record under their names and types, and its best label once more in columns of
 * its own (`label_id`, `label`, `score`), for engines and people that do without lists.
 */
import { zstdCompressSync } from 'node:zlib';
import type { SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { LabelRecord } from '../schema/record.ts';
import type { PageCompression } from './label-lists.ts';
import { RecordColumns } from './record-columns.ts';
import { capacity, type RecordEncoder } from './record-encoder.ts';

/** Rows of a row group: what readers skip by, and what is held as objects. */
export const rowGroupRows = 65_536;

type Repetition = NonNullable<SchemaElement['repetition_type']>;
const text = (name: string, repetition_type: Repetition): SchemaElement => ({
  name,
  type: 'BYTE_ARRAY',
  converted_type: 'UTF8',
  logical_type: { type: 'STRING' },
  repetition_type,
});

const schema: SchemaElement[] = [
  { name: 'root', num_children: 9 },
  { name: 'index', type: 'INT64', repetition_type: 'REQUIRED' },
  text('uri', 'REQUIRED'),
  text('version', 'OPTIONAL'),
  text('status', 'REQUIRED'),
  text('label_id', 'OPTIONAL'),
  text('label', 'OPTIONAL'),
  { name: 'score', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
  {
    name: 'labels',
    converted_type: 'LIST',
    logical_type: { type: 'LIST' },
    num_children: 1,
    repetition_type: 'OPTIONAL',
  },
  { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
  { name: 'element', num_children: 3, repetition_type: 'REQUIRED' },
  text('id', 'REQUIRED'),
  text('label', 'REQUIRED'),
  { name: 'score', type: 'DOUBLE', repetition_type: 'REQUIRED' },
  { name: 'error', num_children: 3, repetition_type: 'OPTIONAL' },
  text('code', 'REQUIRED'),
  text('message', 'REQUIRED'),
  { name: 'retryable', type: 'BOOLEAN', repetition_type: 'REQUIRED' },
];

const compression: PageCompression = {
  codec: 'ZSTD',
  compressors: { ZSTD: (bytes) => zstdCompressSync(bytes) },
};

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
      schema,
      ...compression,
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
    labels.write(this.#file, compression);
    this.#columns = new RecordColumns();
  }
}
