import { expect, it } from 'vitest';
import { readAhead } from './read-ahead.ts';

/** Numbers, with what is done to make each and to end. */
async function* numbers(end: number, done: string[]): AsyncGenerator<number> {
  try {
    for (let n = 0; n < end; n++) {
      done.push(`make ${n}`);
      yield n;
    }
    throw new Error('no more');
  } finally {
    done.push('close');
  }
}

it('makes the next value while one is used, and gives all of them before what is thrown behind the last', async () => {
  const done: string[] = [];
  const used = (async () => {
    for await (const n of readAhead(numbers(3, done))) done.push(`use ${n}`);
  })();
  await expect(used).rejects.toThrow('no more');
  const expected = ['make 0', 'make 1', 'use 0', 'make 2', 'use 1', 'close', 'use 2'];
  expect(done).toEqual(expected);
});

it('a reader that stops closes what it reads', async () => {
  const done: string[] = [];
  for await (const n of readAhead(numbers(3, done))) if (n === 1) break;
  expect(done.at(-1)).toBe('close');
});
