/** A corpus of over a thousand odd and broken images. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { labelOddImages, unexpected } from './odd-images.ts';

test('every one of 1,000 and more odd and broken images ends as one record', async () => {
  const { files, records, statuses, table } = await labelOddImages('all');
  console.log(table.lines().join('\n'));
  expect(files.length).toBeGreaterThan(1000);
  expect(records.map(({ uri }) => fileURLToPath(uri))).toEqual(files);
  expect(unexpected(records)).toEqual([]);
  // 3: complete, and some images have error records
  expect(statuses).toEqual([3, 3]);
}, 900_000);
