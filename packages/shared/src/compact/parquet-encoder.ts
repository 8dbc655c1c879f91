/**
 * Records as Parquet: the fields of a record under their names and types, and its best label once more in columns of
 * its own (`label_id`, `label`, `score`), for engines and people that do without lists.
 */
import { zstdCompressSync } from 'node:zlib';
import type { SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { LabelRecord } from '../schema/record.ts';
import type { RecordEncoder } from './record-encoder.ts';

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

export class ParquetEncoder implements RecordEncoder {
  readonly #writer = new ByteWriter();
  readonly #file = new ParquetWriter({
    writer: this.#writer,
    schema,
    codec: 'ZSTD',
    compressors: { ZSTD: (bytes) => zstdCompressSync(bytes) },
    createdBy: 'labelmill',
  });
  readonly #groupRows: number;
  #rows: LabelRecord[] = [];

  constructor(groupRows: number) {
    this.#groupRows = groupRows;
  }

  get bytes(): number {
    return this.#writer.offset;
  }

  add(records: readonly LabelRecord[]): void {
    for (const record of records) this.#rows.push(record);
    while (this.#rows.length >= this.#groupRows) this.#writeGroup(this.#rows.splice(0, this.#groupRows));
  }

  finish(): Uint8Array {
    if (this.#rows.length > 0) this.#writeGroup(this.#rows);
    this.#rows = [];
    void this.#file.finish();
    return this.#writer.getBytes();
  }

  #writeGroup(rows: readonly LabelRecord[]): void {
    const best = rows.map((row) => (row.status === 'ok' ? row.labels[0] : undefined));
    const columnData = [
      { name: 'index', data: rows.map(({ index }) => BigInt(index)) },
      { name: 'uri', data: rows.map(({ uri }) => uri) },
      { name: 'version', data: rows.map(({ version }) => version ?? null) },
      { name: 'status', data: rows.map(({ status }) => status) },
      { name: 'label_id', data: best.map((label) => label?.id ?? null) },
      { name: 'label', data: best.map((label) => label?.label ?? null) },
      { name: 'score', data: best.map((label) => label?.score ?? null) },
      { name: 'labels', data: rows.map((row) => (row.status === 'ok' ? row.labels : null)) },
      { name: 'error', data: rows.map((row) => (row.status === 'error' ? row.error : null)) },
    ];
    // Into memory: nothing to wait for.
    void this.#file.write({ columnData, rowGroupSize: rows.length });
  }
}
