import { join } from 'node:path';
import { expect, it } from 'vitest';
import { mergeSize } from '../../bench/merge/merge-size.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

it('the merge of 200,000 keys of all widths of UTF-8 finds exactly what the bench has changed', async () => {
  await using folder = await temporaryFolder();
  const keys = 200_000;
  const each = keys / 1000;
  const { seconds: _, peakBytes, ...found } = await mergeSize(join(folder.path, 'runs'), keys);
  expect(found).toEqual({
    listed: keys - each,
    carried: keys - 3 * each,
    changed: 2 * each,
    removed: each,
  });
  // The bar of the full bench, which has 50 times the keys.
  expect(peakBytes).toBeLessThan(300 * 2 ** 20);
});
