import { zstdDecompressSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import type { LabelRecord } from '../schema/record.ts';
import { decodeFeatureRows, encodeFeatures, recordsOfFeatures } from './features-file.ts';

const ok = (index: number, version?: string): LabelRecord => ({
  index,
  uri: `s3://bucket/photo ${index} é.jpg`,
  ...(version === undefined ? {} : { version }),
  status: 'ok',
  labels: [{ id: 'n02123045', label: 'tabby', score: 0.5 }],
});
const failed = (index: number): LabelRecord => ({
  index,
  uri: 's3://bucket/broken.jpg',
  status: 'error',
  error: { code: 'undecodable', message: 'premature end', retryable: false },
});
/** Values that float16 has to round, of both signs, and zeros. */
const valueAt = (index: number, place: number) => (place % 3 === 0 ? 0 : Math.sin(index * 7919 + place) * 40);
const vectors = (indices: readonly number[], width: number) =>
  new Map(
    indices.map((index) => [
      index,
      Float16Array.from({ length: width }, (_, place) => valueAt(index, place)),
    ]),
  );

/** The whole file by hyparquet, which reads the lists value by value. */
async function rowsOf(body: Uint8Array): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({
    file: new Uint8Array(body).buffer,
    compressors: { ZSTD: (bytes) => zstdDecompressSync(bytes) },
  });
}

describe('a features file', () => {
  it('holds a row for each image that is ok, with its values rounded to float16', async () => {
    const records = [ok(40, 'v1'), failed(41), ok(42)];
    const rows = await rowsOf(await encodeFeatures(records, vectors([40, 42], 10)));
    expect(rows.map(({ index, uri, version }) => [index, uri, version])).toEqual([
      [40n, 's3://bucket/photo 40 é.jpg', 'v1'],
      [42n, 's3://bucket/photo 42 é.jpg', null],
    ]);
    for (const [place, index] of [40, 42].entries()) {
      const wanted = Array.from({ length: 10 }, (_, at) => Math.f16round(valueAt(index, at)));
      expect(rows[place]?.features).toEqual(wanted);
    }
  });

  // A page holds 2²⁰ bytes: 128 rows of 4,096 float16.
  it.each([
    [1, 1],
    [3, 1],
    [130, 4096],
  ])(
    'reads back the same with %i images of width %i, over as many pages as they need',
    async (images, width) => {
      const indices = Array.from({ length: images }, (_, n) => n);
      const rows = await rowsOf(
        await encodeFeatures(
          indices.map((n) => ok(n)),
          vectors(indices, width),
        ),
      );
      expect(rows).toHaveLength(images);
      for (const n of [0, Math.floor(images / 2), images - 1]) {
        const wanted = Array.from({ length: width }, (_, at) => Math.f16round(valueAt(n, at)));
        expect(rows[n]?.features).toEqual(wanted);
      }
    },
  );

  it('of a chunk of errors has no rows', async () => {
    const body = await encodeFeatures([failed(0), failed(1)], new Map());
    expect(await rowsOf(body)).toEqual([]);
    expect(await decodeFeatureRows(body, 'f')).toEqual([]);
    expect(await recordsOfFeatures(body, 'f')).toEqual([failed(0), failed(1)]);
  });

  it('of a retry has the rows that it added alone, and the records of the whole chunk', async () => {
    const body = await encodeFeatures([ok(0, 'a'), ok(1, 'b'), failed(2)], vectors([1], 4));
    expect(await decodeFeatureRows(body, 'f')).toEqual([
      { index: 1, uri: 's3://bucket/photo 1 é.jpg', version: 'b' },
    ]);
    expect(await recordsOfFeatures(body, 'f')).toEqual([ok(0, 'a'), ok(1, 'b'), failed(2)]);
  });

  it('that is damaged is named', async () => {
    const body = (await encodeFeatures([ok(0)], vectors([0], 4))).slice(0, -9);
    for (const read of [decodeFeatureRows, recordsOfFeatures]) {
      await expect(read(body, 's3://b/features/part-00000000.parquet')).rejects.toMatchObject({
        code: 'broken_features',
        message: expect.stringContaining('s3://b/features/part-00000000.parquet'),
      });
    }
  });
});
