import { expect, test } from 'vitest';
import { proportion } from './wilson.ts';

// R. G. Newcombe, Statistics in Medicine 17 (1998), 857–872, table I, method 3.
test.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])("%d of %d has the interval of Newcombe's table", (count, of, low, high) => {
  const found = proportion(count, of);
  expect(found.low).toBeCloseTo(low, 4);
  expect(found.high).toBeCloseTo(high, 4);
  expect(found.share).toBe(count / of);
});

test('all of n mirrors none of n', () => {
  expect(proportion(20, 20)).toMatchObject({ low: 1 - proportion(0, 20).high, high: 1 });
});
