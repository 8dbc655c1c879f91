import { expect, it } from 'vitest';
import { encodeRecordLines } from '../run/record-lines.ts';
import type { LabelRecord } from '../schema/record.ts';
import { ChunkRecords } from './chunk-records.ts';
import { CsvEncoder } from './csv-encoder.ts';

const chunkOf = (records: readonly LabelRecord[]) =>
  new ChunkRecords({ seq: 0, uri: 'part', body: encodeRecordLines(records), first: 0, due: records.length });

const encoded = (uri: string, label: string): string => {
  const csv = new CsvEncoder(1, 1000);
  csv.add(chunkOf([{ index: 0, uri, status: 'ok', labels: [{ id: 'x', label, score: -0.5 }] }]));
  return Buffer.from(csv.finish()).toString('utf8').split('\r\n').slice(1).join('\r\n').trimEnd();
};

it.each([
  ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['\r=1', `"'\r=1"`],
  ['＝1', "'＝1"],
])('a label that a spreadsheet takes for a formula, %j, becomes text', (label, cell) => {
  // A score is a number, whatever its sign.
  expect(encoded('s3://b/k', label)).toBe(`0,s3://b/k,,ok,x,${cell},-0.5,,,`);
});

it('commas, quotes and line ends stay inside their cell', () => {
  expect(encoded('s3://b/a,b', 'tabby, "cat"\nx')).toBe('0,"s3://b/a,b",,ok,x,"tabby, ""cat""\nx",-0.5,,,');
});

it('an error has empty label columns, and images with fewer labels too', () => {
  const csv = new CsvEncoder(2, 1000);
  const error = { code: 'not_found' as const, message: 'no object', retryable: false };
  csv.add(
    chunkOf([
      { index: 0, uri: 'a', version: 'v', status: 'error', error },
      { index: 1, uri: 'b', status: 'ok', labels: [{ id: 'x', label: 'y', score: 1 }] },
    ]),
  );
  expect(Buffer.from(csv.finish()).toString('utf8').split('\r\n')).toEqual([
    'index,uri,version,status,id_1,label_1,score_1,id_2,label_2,score_2,error_code,error_message,error_retryable',
    '0,a,v,error,,,,,,,not_found,no object,false',
    '1,b,,ok,x,y,1,,,,,,',
    '',
  ]);
});
