import { expect, it } from 'vitest';
import { spread } from './spread.ts';

async function* upTo(count: number): AsyncGenerator<number> {
  for (let value = 0; value < count; value++) yield value;
}

it('takes all where there are no more than asked for', async () => {
  expect(await spread(upTo(0), 4)).toEqual([]);
  expect(await spread(upTo(3), 4)).toEqual([0, 1, 2]);
  expect(await spread(upTo(4), 4)).toEqual([0, 1, 2, 3]);
});

it.each([5, 7, 8, 9, 100, 1023, 1024, 100_000])(
  'takes 4 of %i, in order and from every part of them',
  async (count) => {
    const taken = await spread(upTo(count), 4);
    expect(taken).toHaveLength(4);
    expect(taken).toEqual([...new Set(taken)].sort((a, b) => a - b));
    // No gap, ends included, holds more than half of all.
    const ends = [-1, ...taken, count];
    const gaps = ends.slice(1).map((end, place) => end - (ends[place] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(Math.ceil(count / 2) + 1);
  },
);
