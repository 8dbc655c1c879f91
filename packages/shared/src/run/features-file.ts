/**
 * Features files: what the last hidden layer says of a chunk's images, as Parquet. One row for each image that is `ok`,
 * in the order of the run: `index`, `uri`, `version`, and `features`, a list of FLOAT16. Error records have no row.
 *
 * The footer carries the chunk's records, whole, so that its part can be written from the features file alone.
 */
import { promisify } from 'node:util';
import { zstdCompress } from 'node:zlib';
import { type AsyncBuffer, parquetMetadata, parquetReadObjects, type SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { z } from 'zod';
import { LabelmillError } from '../errors.ts';
import type { LabelRecord } from '../schema/record.ts';
import { appendFloat16Lists } from './float16-lists.ts';
import { decodeRecordLines, encodeRecordLines } from './record-lines.ts';

/** Key of the footer's records, as JSON lines. */
const recordsKey = 'labelmill.records';

const schema: SchemaElement[] = [
  { name: 'root', num_children: 4 },
  { name: 'index', type: 'INT64', repetition_type: 'REQUIRED' },
  { name: 'uri', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
  { name: 'version', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  { name: 'features', converted_type: 'LIST', num_children: 1, repetition_type: 'REQUIRED' },
  { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
  {
    name: 'element',
    type: 'FIXED_LEN_BYTE_ARRAY',
    type_length: 2,
    logical_type: { type: 'FLOAT16' },
    repetition_type: 'REQUIRED',
  },
];

export const featureRowSchema = z.object({
  index: z.bigint().transform(Number),
  uri: z.string(),
  version: z.string().nullable(),
});
/** Which image a row is of. */
export type FeatureRow = z.infer<typeof featureRowSchema>;

/**
 * @param records of the whole chunk, in order
 * @param features by index, all of one width: of every record that is `ok`; in a retry, of those it made so
 */
export async function encodeFeatures(
  records: readonly LabelRecord[],
  features: ReadonlyMap<number, Float16Array>,
): Promise<Uint8Array> {
  const rows = records.filter(({ index }) => features.has(index));
  const writer = new ByteWriter();
  const file = new ParquetWriter({
    writer,
    schema,
    kvMetadata: [{ key: recordsKey, value: Buffer.from(encodeRecordLines(records)).toString('utf8') }],
    createdBy: 'labelmill',
  });
  if (rows.length > 0) {
    const columnData = [
      { name: 'index', data: rows.map(({ index }) => BigInt(index)) },
      { name: 'uri', data: rows.map(({ uri }) => uri) },
      { name: 'version', data: rows.map(({ version }) => version ?? null) },
    ];
    await file.write({ columnData, rowGroupSize: rows.length });
    const vectors = rows.flatMap(({ index }) => features.get(index) ?? []);
    await appendFloat16Lists(file, ['features', 'list', 'element'], vectors, {
      codec: 'ZSTD',
      compress: promisify(zstdCompress),
    });
  }
  await file.finish();
  return writer.getBytes();
}

/** The rows without their values. @throws LabelmillError `broken_features` naming the file */
export async function decodeFeatureRows(body: Uint8Array, name: string): Promise<FeatureRow[]> {
  return reading(name, async () => {
    const rows = await parquetReadObjects({ file: asyncBuffer(body), columns: ['index', 'uri', 'version'] });
    return z.array(featureRowSchema).parse(rows);
  });
}

/** The chunk's records, as its part has them. @throws LabelmillError `broken_features` naming the file */
export async function recordsOfFeatures(body: Uint8Array, name: string): Promise<LabelRecord[]> {
  return reading(name, () => {
    const { key_value_metadata } = parquetMetadata(body);
    const value = key_value_metadata?.find(({ key }) => key === recordsKey)?.value;
    if (value === undefined) throw new TypeError('no records in the footer');
    return decodeRecordLines(Buffer.from(value), name);
  });
}

async function reading<T>(name: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw new LabelmillError('broken_features', `${name} cannot be read as a features file`, { cause });
  }
}

/** Hands out copies of the ranges that are asked for, so that the features are not among them. */
function asyncBuffer(body: Uint8Array): AsyncBuffer {
  return {
    byteLength: body.byteLength,
    slice: (start, end) => new Uint8Array(body.subarray(start, end)).buffer,
  };
}
