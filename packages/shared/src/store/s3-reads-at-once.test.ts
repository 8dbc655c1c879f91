/** How many reads of S3 are in flight at a time, as it lets them. */
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ok, refusing, S3StandIn } from '../../../../test/parts/s3-stand-in.ts';
import type { S3Store } from './s3-store.ts';

const connections = 8;
let s3: S3StandIn;
let store: S3Store;

beforeEach(async () => {
  s3 = await S3StandIn.start();
  store = s3.openStore(connections);
  await store.read('s3://bucket/first');
});
afterEach(() => s3[Symbol.asyncDispose]());

describe('reads at a time', () => {
  test.each([
    [503, 'SlowDown'],
    [503, 'ServiceUnavailable'],
    [429, 'TooManyRequests'],
    [500, 'InternalError'],
  ])('are halved by HTTP %i %s to all of them, and come back one a round', async (status, code) => {
    expect(await inFlight()).toBe(connections);
    await refuseAll(status, code);
    expect(await inFlight()).toBe(connections / 2);
    await answerAll();
    expect(await inFlight()).toBeGreaterThan(connections / 2);
    await answerAll();
  });

  test('never fall below one, and are not lessened by what is wrong with an object', async () => {
    for (let round = 0; round < 5; round++) {
      await inFlight();
      await refuseAll(503, 'SlowDown');
    }
    expect(await inFlight()).toBe(1);
    await answerAll();
    const wide = s3.openStore(connections);
    await wide.read('s3://bucket/first');
    await inFlight(wide);
    await refuseAll(404, 'NoSuchKey');
    expect(await inFlight(wide)).toBe(connections);
    await answerAll();
  });

  test('the wait for a place counts into the time limit', async () => {
    const narrow = s3.openStore(1);
    let answerFirst = () => {};
    s3.answer = (request, response) => {
      answerFirst = () => ok(request, response);
    };
    const first = narrow.read('s3://bucket/a');
    await expect(narrow.read('s3://bucket/b', { timeoutMs: 100 })).rejects.toMatchObject({
      code: 's3_timeout',
    });
    answerFirst();
    expect((await first).version).toBe('v');
    expect(s3.requests).toHaveLength(2);
  });

  let open: ServerResponse[] = [];
  let reads: Promise<unknown>[] = [];

  /** Starts as many reads as there are connections, and counts those that reach the server while none is answered. */
  async function inFlight(from: S3Store = store): Promise<number> {
    open = [];
    s3.answer = (request, response) => {
      if (request.method === 'HEAD') ok(request, response);
      else open.push(response);
    };
    reads = Array.from({ length: connections }, () => from.read('s3://bucket/a').catch((error) => error));
    // Requests that are not limited go to the server and back behind the reads.
    for (let n = 0; n < 5; n++) await from.head('s3://bucket/a');
    return open.length;
  }

  async function refuseAll(status: number, code: string): Promise<void> {
    s3.answer = refusing(status, code);
    for (const response of open) refusing(status, code)(response.req, response as never);
    await Promise.all(reads);
  }

  async function answerAll(): Promise<void> {
    s3.answer = ok;
    for (const response of open) ok(response.req, response as never);
    await Promise.all(reads);
  }
});
