import { setImmediate as turn } from 'node:timers/promises';
import { parquetMetadata } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { imageErrorCodes, LabelmillError } from '../errors.ts';
import { errorRecordSchema, type LabelRecord, labelSchema, okRecordSchema } from '../schema/record.ts';
import { decodeParquetPart, encodeParquetPart } from './parquet-part.ts';
import { decodeRecordLines, encodeRecordLines } from './record-lines.ts';

const ok = (index: number, over: object = {}): LabelRecord => ({
  index,
  uri: `s3://b/${index}.jpg`,
  version: `v${index}`,
  status: 'ok',
  labels: [{ id: 'n1', label: 'tabby', score: 0.8312 }],
  ...over,
});
const failed = (index: number, over: object = {}): LabelRecord => ({
  index,
  uri: `s3://b/${index}.jpg`,
  status: 'error',
  error: { code: 'undecodable', message: 'premature end', retryable: false },
  ...over,
});
const error = (message: string) => ({ error: { code: 'empty', message, retryable: true } });
const codes = Object.keys(imageErrorCodes).map((code, n) =>
  failed(n, { error: { ...error('m').error, code } }),
);
const texts = [
  '',
  ' ',
  '\ufeffbom',
  'nul \0 in it',
  'é 中 😀',
  '\u2028',
  '"\\ud800"',
  'half \ud83d',
  '\udc00',
];
const scores = [0, 1, 0.1 + 0.2, 5e-324, 1.7976931348623157e308, -1.5, 1 / 3];

describe('a Parquet part', () => {
  it.each([
    [
      'labels of any number, none too',
      [0, 1, 5, 2].map((n, i) =>
        ok(i, { labels: scores.slice(0, n).map((score) => ({ id: `n${n}`, label: 'l', score })) }),
      ),
    ],
    ['scores of any size', [ok(0, { labels: scores.map((score) => ({ id: 'n', label: 'l', score })) })]],
    [
      'versions that are there, empty or absent',
      [ok(0), ok(1, { version: '' }), failed(2), failed(3, { version: 'v' })],
    ],
    ['error records alone, with every code', codes],
    ['a late index', [ok(Number.MAX_SAFE_INTEGER)]],
    ['any text in a URI', texts.map((uri, n) => ok(n, { uri }))],
    ['any text in a version', texts.map((version, n) => failed(n, { version }))],
    ['any text in a label', texts.map((text, n) => ok(n, { labels: [{ id: text, label: text, score: 1 }] }))],
    ['any text in a message', texts.map((text, n) => failed(n, error(text)))],
  ])('gives back %s, as JSON lines do', async (_what, records) => {
    const read = await decodeParquetPart(await encodeParquetPart(records), 'part-00000000.parquet');
    // Compared as text, which knows an absent field from an undefined one and the order of fields.
    expect(read.map((record) => JSON.stringify(record))).toEqual(
      decodeRecordLines(encodeRecordLines(records), 'p').map((record) => JSON.stringify(record)),
    );
    expect(read).toStrictEqual(records);
  });

  it('has a column for each field of a record', async () => {
    const { schema } = parquetMetadata(await encodeParquetPart([ok(0)]));
    const below = (parent: string): string[] => {
      const place = schema.findIndex(({ name }) => name === parent);
      const { num_children = 0 } = schema[place]!;
      const names: string[] = [];
      for (let at = place + 1; names.length < num_children; at += size(at)) names.push(schema[at]!.name);
      return names;
    };
    const size = (at: number): number => {
      let all = 1;
      for (let n = schema[at]!.num_children ?? 0; n > 0; n--) all += size(at + all);
      return all;
    };
    const fields = { ...okRecordSchema.shape, ...errorRecordSchema.shape };
    expect(below('root')).toEqual(expect.arrayContaining(Object.keys(fields)));
    expect(below('element')).toEqual(Object.keys(labelSchema.shape));
    expect(below('error')).toEqual(Object.keys(errorRecordSchema.shape.error.shape));
  });

  it('of the same records is the same bytes', async () => {
    const records = Array.from({ length: 300 }, (_, n) => (n % 9 === 4 ? failed(n) : ok(n)));
    const [one, other] = [
      await encodeParquetPart(records),
      await encodeParquetPart(structuredClone(records)),
    ];
    expect(Buffer.compare(one, other)).toBe(0);
  });

  it('lets the event loop have its turn between groups of rows, and has them all in order', async () => {
    const records = Array.from({ length: 20_000 }, (_, n) => (n % 9 === 4 ? failed(n) : ok(n)));
    let turns = 0;
    const ended = new AbortController();
    const counting = (async () => {
      for (; !ended.signal.aborted; turns++) await turn();
    })();
    const body = await encodeParquetPart(records);
    const whileWriting = turns;
    const read = await decodeParquetPart(body, 'p');
    ended.abort();
    await counting;
    expect(parquetMetadata(body).row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([
      8192, 8192, 3616,
    ]);
    expect([whileWriting, turns - whileWriting].every((seen) => seen >= 2)).toBe(true);
    expect(read).toStrictEqual(records);
  });

  it.each([
    ['empty', () => new Uint8Array()],
    ['cut short', (body: Uint8Array) => body.subarray(0, body.length / 2)],
    ['without its beginning', (body: Uint8Array) => body.subarray(200)],
    ['JSON lines', () => encodeRecordLines([ok(0)])],
    [
      'of another table',
      (body: Uint8Array) =>
        Buffer.from(Buffer.from(body).toString('latin1').replaceAll('status', 'statut'), 'latin1'),
    ],
  ])('that is %s is named as broken', async (_how, damage) => {
    const body = damage(await encodeParquetPart(Array.from({ length: 40 }, (_, n) => ok(n))));
    const reading = decodeParquetPart(body, 'labels/part-00000007.parquet');
    await expect(reading).rejects.toThrow(LabelmillError);
    await expect(reading).rejects.toThrow('labels/part-00000007.parquet');
    await expect(reading).rejects.toMatchObject({ code: 'broken_part' });
  });
});
