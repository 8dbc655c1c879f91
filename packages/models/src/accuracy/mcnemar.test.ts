import { expect, test } from 'vitest';
import { mcnemarExact } from './mcnemar.ts';

test('small counts give what can be counted by hand', () => {
  // Five of five: 2 · (½)^5.
  expect(mcnemarExact(0, 5)).toBeCloseTo(2 / 32, 12);
  // One of ten: 2 · (1 + 10) / 2^10.
  expect(mcnemarExact(9, 1)).toBeCloseTo(22 / 1024, 12);
  expect(mcnemarExact(1, 9)).toBe(mcnemarExact(9, 1));
});

test('two that are never right alone, or equally often, are not told apart', () => {
  expect(mcnemarExact(0, 0)).toBe(1);
  expect(mcnemarExact(7, 7)).toBe(1);
});

/** 2 · Σ C(n, k) / 2^n in whole numbers. */
function byWholeNumbers(fewer: number, more: number): number {
  const trials = BigInt(fewer + more);
  let choose = 1n;
  let sum = 1n;
  for (let k = 1n; k <= BigInt(fewer); k++) {
    choose = (choose * (trials - k + 1n)) / k;
    sum += choose;
  }
  return Number((2n * sum * 10n ** 15n) / 2n ** trials) / 1e15;
}

test('large counts give what whole numbers of any size give', () => {
  expect(mcnemarExact(25, 15)).toBeCloseTo(byWholeNumbers(15, 25), 10);
  expect(mcnemarExact(960, 1040)).toBeCloseTo(byWholeNumbers(960, 1040), 9);
  expect(mcnemarExact(960, 1040)).toBeGreaterThan(0.07);
});
