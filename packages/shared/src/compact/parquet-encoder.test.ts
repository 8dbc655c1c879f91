import { zstdDecompressSync } from 'node:zlib';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { expect, it } from 'vitest';
import { encodeRecordLines } from '../run/record-lines.ts';
import type { LabelRecord } from '../schema/record.ts';
import { ChunkRecords } from './chunk-records.ts';
import { ParquetEncoder, rowGroupRows } from './parquet-encoder.ts';

const record = (index: number): LabelRecord =>
  index % 100 === 7
    ? {
        index,
        uri: `s3://b/${index}`,
        status: 'error',
        error: { code: 'empty', message: '', retryable: index % 200 === 7 },
      }
    : {
        index,
        uri: `s3://b/${index}`,
        version: 'v',
        status: 'ok',
        labels: Array.from({ length: index % 6 }, (_, n) => ({
          id: `n${n}`,
          label: `é ${index % 13}`,
          score: 1 / (n + 1),
        })),
      };

it('a file of more rows than a row group has them all, in order, compressed by zstd', async () => {
  const rows = rowGroupRows + 1000;
  const encoder = new ParquetEncoder(rowGroupRows, 1000);
  for (let first = 0; first < rows; first += 1000) {
    const count = Math.min(1000, rows - first);
    const body = encodeRecordLines(Array.from({ length: count }, (_, n) => record(first + n)));
    await encoder.add(new ChunkRecords({ seq: first / 1000, uri: 'part', body, first, due: count }));
  }
  const file = new Uint8Array(await encoder.finish()).buffer;
  const { num_rows, row_groups } = parquetMetadata(file);
  expect(num_rows).toBe(BigInt(rows));
  expect(row_groups.map((group) => group.num_rows)).toEqual([BigInt(rowGroupRows), 1000n]);
  const codecs = row_groups.flatMap(({ columns }) => columns.map(({ meta_data }) => meta_data?.codec));
  expect(new Set(codecs)).toEqual(new Set(['ZSTD']));
  // Readers of Parquet may rely on it that a row group names its columns in the schema's order.
  for (const { columns } of row_groups) {
    expect(columns.map(({ meta_data }) => meta_data?.path_in_schema.join('.'))).toEqual([
      ...['index', 'uri', 'version', 'status', 'label_id', 'label', 'score'],
      ...['id', 'label', 'score'].map((leaf) => `labels.list.element.${leaf}`),
      ...['error.code', 'error.message', 'error.retryable'],
    ]);
  }
  const compressors = { ZSTD: (bytes: Uint8Array) => zstdDecompressSync(bytes) };
  const read = await parquetReadObjects({ file, compressors, rowStart: rowGroupRows - 300, rowEnd: rows });
  for (const [place, row] of read.entries()) {
    const wanted = record(rowGroupRows - 300 + place);
    const best = wanted.status === 'ok' ? wanted.labels[0] : undefined;
    expect(row).toMatchObject({
      index: BigInt(wanted.index),
      uri: wanted.uri,
      version: wanted.version ?? null,
    });
    expect([row.label_id, row.label, row.score]).toEqual([
      best?.id ?? null,
      best?.label ?? null,
      best?.score ?? null,
    ]);
    expect(row.labels ?? null).toEqual(wanted.status === 'ok' ? wanted.labels : null);
    expect(row.error ?? null).toEqual(wanted.status === 'error' ? wanted.error : null);
  }
});
