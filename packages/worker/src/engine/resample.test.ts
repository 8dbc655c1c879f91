import { expect, test } from 'vitest';
import { planResampling } from './resample.ts';

const span = (from: number, to: number) => ({ from, to, start: 0, length: to });

test('pixels of one colour stay that colour', () => {
  const { rows, run } = planResampling(span(4, 2), span(6, 3));
  expect(rows).toEqual({ first: 0, end: 6 });
  expect(run(new Uint8Array(4 * 6 * 3).fill(77))).toEqual(new Uint8Array(2 * 3 * 3).fill(77));
});

test.each([
  ['a row too few', 4 * 5 * 3],
  ['a byte too few', 4 * 6 * 3 - 1],
  ['a channel too many', 4 * 6 * 4],
  ['no pixels', 0],
])('%s: undecodable, not filled with the pixels of the image before', (_, bytes) => {
  const { run } = planResampling(span(4, 2), span(6, 3));
  expect(() => run(new Uint8Array(bytes))).toThrow(expect.objectContaining({ code: 'undecodable' }));
});
