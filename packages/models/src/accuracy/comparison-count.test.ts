import { expect, test } from 'vitest';
import { ComparisonCount } from './comparison-count.ts';

test('agreement counts equal answers, the test only images that one alone has right', () => {
  const count = new ComparisonCount();
  for (let image = 0; image < 5; image++) count.add(true, true, true);
  for (let image = 0; image < 9; image++) count.add(true, false, false);
  count.add(false, true, false);
  count.add(false, false, true);
  count.add(false, false, false);
  const result = count.result()!;
  expect(result).toMatchObject({
    images: 17,
    agreement: { count: 6, of: 17 },
    top1: { first: { count: 14 }, second: { count: 6 } },
    bothRight: 5,
    onlyFirstRight: 9,
    onlySecondRight: 1,
    neitherRight: 2,
  });
  // 2 · (1 + 10) / 2^10
  expect(result.pValue).toBeCloseTo(22 / 1024, 12);
});

test('without images there is nothing to compare', () => {
  expect(new ComparisonCount().result()).toBeNull();
});
