/**
 * A part as Parquet: the table that `compact` writes, so that whatever reads a folder of Parquet files reads a run's
 * `labels/`. Records come back as they went in; one with text that has no UTF-8 (half of a surrogate pair, as a manifest's
 * JSON may hold) is kept in the footer too, as its JSON line.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { zstdDecompressSync } from 'node:zlib';
import { type FileMetaData, parquetMetadata, parquetReadObjects } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { recordTable } from '../compact/record-table.ts';
import { RowGroup } from '../compact/row-group.ts';
import { LabelmillError } from '../errors.ts';
import { type LabelRecord, recordSchema } from '../schema/record.ts';
import { decodeRecordLines, encodeRecordLines } from './record-lines.ts';

/** Rows of a row group. Between two of them the event loop gets its turn: a supervisor has locks to renew. */
const groupRows = 8_192;

/** Key in the footer of the records that columns alone would not give back. */
const recordsKey = 'labelmill.records';

/** A record's fields; the table's other columns repeat its best label. */
const columns = ['index', 'uri', 'version', 'status', 'labels', 'error'] as const;

/** The same records give the same bytes. */
export async function encodeParquetPart(records: readonly LabelRecord[]): Promise<Uint8Array> {
  const beside = records.filter((record) => !hasUtf8(record));
  const writer = new ByteWriter();
  const file = new ParquetWriter({
    writer,
    schema: recordTable,
    ...(beside.length === 0
      ? {}
      : {
          kvMetadata: [{ key: recordsKey, value: Buffer.from(encodeRecordLines(beside)).toString('utf8') }],
        }),
    createdBy: 'labelmill',
  });
  for (let first = 0; first < records.length; first += groupRows) {
    const group = new RowGroup();
    for (const record of records.slice(first, first + groupRows)) group.addRecord(record);
    await group.write(file);
  }
  void file.finish();
  return writer.getBytes();
}

/** @throws LabelmillError `broken_part` naming the part, and the row where it is one that is no record */
export async function decodeParquetPart(body: Uint8Array, name: string): Promise<LabelRecord[]> {
  const file = new Uint8Array(body).buffer;
  const metadata = readingAll(name, () => parquetMetadata(file));
  const records: LabelRecord[] = [];
  for (const { num_rows } of metadata.row_groups) {
    const first = records.length;
    if (first > 0) await turn();
    const rows = await parquetReadObjects({
      file,
      metadata,
      columns: [...columns],
      rowStart: first,
      rowEnd: first + Number(num_rows),
      compressors: { ZSTD: (bytes) => zstdDecompressSync(bytes) },
      parsers: { stringFromBytes },
    }).catch((cause: unknown) => broken(name, cause));
    for (const row of rows) records.push(recordOf(row, `${name}, row ${records.length + 1},`));
  }
  const beside = new Map(recordsBeside(metadata, name).map((record) => [record.index, record]));
  return beside.size === 0 ? records : records.map((record) => beside.get(record.index) ?? record);
}

function recordOf({ index, version, ...fields }: Record<string, unknown>, name: string): LabelRecord {
  const record = { ...fields, index: Number(index), ...(version == null ? {} : { version }) };
  const parsed = recordSchema.safeParse(record);
  if (parsed.success) return parsed.data;
  throw new LabelmillError('broken_part', `${name} is not a record`, { cause: parsed.error });
}

function recordsBeside({ key_value_metadata }: FileMetaData, name: string): LabelRecord[] {
  const value = key_value_metadata?.find(({ key }) => key === recordsKey)?.value;
  return value === undefined ? [] : decodeRecordLines(Buffer.from(value), name);
}

function hasUtf8(record: LabelRecord): boolean {
  if (!record.uri.isWellFormed() || record.version?.isWellFormed() === false) return false;
  return record.status === 'ok'
    ? record.labels.every(({ id, label }) => id.isWellFormed() && label.isWellFormed())
    : record.error.message.isWellFormed();
}

/** hyparquet's own would drop a byte order mark at the start of a text. */
function stringFromBytes(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function readingAll<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    return broken(name, cause);
  }
}

function broken(name: string, cause: unknown): never {
  throw new LabelmillError('broken_part', `${name} cannot be read as Parquet`, { cause });
}
