import { packChunk } from '@labelmill/shared/schema/chunk-job';
import { expect, test } from 'vitest';
import { isChunkOf } from './chunk-of-run.ts';

const chunk = (seq: number, first: number, images: number) =>
  packChunk('20260101-000000000-abcde', 0, seq, first, Array<string>(images).fill('s3://b/a'));
const run = { chunkSize: 4 };

test.each([
  ['the first chunk', chunk(0, 0, 4), true],
  ['a short last one', chunk(3, 12, 1), true],
  ['one behind the end', chunk(4, 16, 1), false],
  ['one at another place than its number says', chunk(1, 5, 1), false],
  ['one of more images than a chunk has', chunk(1, 4, 5), false],
])('%s, in a run of 4 chunks of 4 images', (_, job, belongs) => {
  expect(isChunkOf(job, run, 4)).toBe(belongs);
});
