/** The images that gdk-pixbuf is tested with; odd-images.nightly.ts beside it takes over a thousand. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { labelOddImages, unexpected } from './odd-images.ts';

test('every odd and broken image of gdk-pixbuf’s tests ends as one record', async () => {
  const { files, records, statuses, table } = await labelOddImages('few');
  console.log(table.lines().join('\n'));
  expect(files.length).toBeGreaterThan(300);
  expect(records.map(({ uri }) => fileURLToPath(uri))).toEqual(files);
  expect(unexpected(records)).toEqual([]);
  // 3: complete, and some images have error records
  expect(statuses).toEqual([3, 3]);
}, 240_000);
