import { expect, it } from 'vitest';
import { duration } from './duration.ts';

it.each([
  ['2h', 7200],
  ['90m', 5400],
  ['1h30m', 5400],
  ['45s', 45],
  ['1d', 86_400],
])('%s is %d seconds', (text, seconds) => {
  expect(duration(text)).toBe(seconds);
});

it.each(['', '2', 'h', '2 h', '-2h', '0m', '1.5h', '2h tomorrow', '2w'])('"%s" is refused', (text) => {
  expect(() => duration(text)).toThrow('a time such as 2h');
});
