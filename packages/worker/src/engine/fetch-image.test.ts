import { ImageError, OutageError } from '@labelmill/shared/errors';
import type { ObjectBody, ObjectStore } from '@labelmill/shared/store/object-store';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ControlRead } from './control-read.ts';
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

const timeout = () => new OutageError('s3_timeout', 'no answer');

/** A store whose reads of `s3://b/slow` run out of time, and of others as `others` says. */
function slowObject(others: () => Promise<ObjectBody>): { store: ObjectStore; read: string[] } {
  const read: string[] = [];
  const store = {
    read: async (uri: string): Promise<ObjectBody> => {
      read.push(uri);
      if (uri === 's3://b/slow') throw timeout();
      return others();
    },
  };
  return { store: store as unknown as ObjectStore, read };
}
const photo = async () => ({ body: new TextEncoder().encode('photo'), version: 'v' });

async function endOf(fetched: Promise<unknown>): Promise<unknown> {
  const end = fetched.catch((error: unknown) => error);
  await vi.runAllTimersAsync();
  return end;
}

test('an object that never comes while another of its bucket does is an error of its own, worth a retry', async () => {
  const control = new ControlRead();
  const { store, read } = slowObject(photo);
  await fetchImage(store, 's3://b/good', limits, control);
  const end = await endOf(fetchImage(store, 's3://b/slow', limits, control));
  expect(end).toMatchObject({ name: 'ImageError', code: 'fetch_timeout', retryable: true });
  // Once more after the other one came: what stalled the first tries may be over.
  expect(read.slice(1)).toEqual(['s3://b/slow', 's3://b/slow', 's3://b/good', 's3://b/slow']);
});

test('while nothing else comes either, it is an outage', async () => {
  const control = new ControlRead();
  let others = photo;
  const { store } = slowObject(() => others());
  await fetchImage(store, 's3://b/good', limits, control);
  others = async () => {
    throw timeout();
  };
  expect(await endOf(fetchImage(store, 's3://b/slow', limits, control))).toBeInstanceOf(OutageError);
});

test('what comes from another bucket says nothing of this one', async () => {
  const control = new ControlRead();
  const { store } = slowObject(photo);
  await fetchImage(store, 's3://other/good', limits, control);
  expect(await endOf(fetchImage(store, 's3://b/slow', limits, control))).toBeInstanceOf(OutageError);
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
