import { ImageError, OutageError } from '@labelmill/shared/errors';
import type { ObjectBody, ObjectStore } from '@labelmill/shared/store/object-store';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fetchImage } from './fetch-image.ts';

const limits = { maxBytes: 100, maxPixels: 1, maxAspect: 1, fetchTimeoutMs: 1, decodeTimeoutMs: 1 };

/** A store that answers its reads one after the other with these. */
function storeOf(...answers: (Error | string)[]): { store: ObjectStore; reads: () => number } {
  let reads = 0;
  const read = async (): Promise<ObjectBody> => {
    const answer = answers[Math.min(reads++, answers.length - 1)]!;
    if (answer instanceof Error) throw answer;
    return { body: new TextEncoder().encode(answer), version: 'v' };
  };
  return { store: { read } as unknown as ObjectStore, reads: () => reads };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const outage = () => new OutageError('throttled', 'slow down');

test('a short outage is waited out', async () => {
  const { store } = storeOf(outage(), outage(), 'photo');
  const fetched = fetchImage(store, 'file:///a.jpg', limits);
  await vi.runAllTimersAsync();
  await expect(fetched).resolves.toMatchObject({ version: 'v' });
});

test('a long one ends as an outage after five tries', async () => {
  const { store, reads } = storeOf(outage());
  const fetched = expect(fetchImage(store, 'file:///a.jpg', limits)).rejects.toBeInstanceOf(OutageError);
  await vi.runAllTimersAsync();
  await fetched;
  expect(reads()).toBe(5);
});

test('what is wrong with the object is not tried again', async () => {
  const { store, reads } = storeOf(new ImageError('not_found', 'no such object'));
  await expect(fetchImage(store, 'file:///a.jpg', limits)).rejects.toMatchObject({ code: 'not_found' });
  expect(reads()).toBe(1);
});

test('an object without bytes is an error of its own', async () => {
  await expect(fetchImage(storeOf('').store, 'file:///a.jpg', limits)).rejects.toMatchObject({
    code: 'empty',
  });
});
