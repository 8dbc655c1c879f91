/**
 * A closed run of so many records in a new folder, whose path it prints: 440 bytes a record, as a labelled S3 prefix gives.
 *
 *   node --conditions=source bench/compact/write-run.ts OUT RECORDS
 */
import { join, resolve } from 'node:path';
import { writeSyntheticRun } from '../synthetic-run.ts';

const [out = '', records = ''] = process.argv.slice(2);
const hex = (number: number) => (Math.imul(number, 2_654_435_761) >>> 0).toString(16).padStart(8, '0');
const padded = (number: number, digits: number) => String(number).padStart(digits, '0');
const id = await writeSyntheticRun(resolve(out), {
  source: 's3://photos/',
  images: Number(records),
  photo: (index) => ({
    uri: `s3://photos/${padded(Math.floor(index / 10_000), 5)}/${padded(index, 9)}.jpg`,
    // As long as an ETag, and as hard to compress in half of it.
    version: [1, 3, 5, 7].map((factor) => hex(index * factor)).join(''),
  }),
});
console.log(join(resolve(out), id));
