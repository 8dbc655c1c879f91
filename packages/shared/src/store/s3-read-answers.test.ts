/** What reads without the AWS SDK make of an answer: the object's body, and what is none. */
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bySdk, refusing, S3StandIn } from '../../../../test/parts/s3-stand-in.ts';
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

describe('an answer that is not the object means what it means to the SDK', () => {
  test.each([
    [301, 'PermanentRedirect'],
    [307, 'TemporaryRedirect'],
    [400, 'AuthorizationHeaderMalformed'],
    [400, 'ExpiredToken'],
    [400, 'InvalidToken'],
    [400, 'InvalidURI'],
    [400, 'KeyTooLongError'],
    [400, 'RequestTimeout'],
    [403, 'AccessDenied'],
    [403, 'InvalidAccessKeyId'],
    [403, 'InvalidObjectState'],
    [403, 'RequestTimeTooSkewed'],
    [403, 'SignatureDoesNotMatch'],
    [404, 'NoSuchBucket'],
    [404, 'NoSuchKey'],
    [405, 'MethodNotAllowed'],
    [429, 'TooManyRequests'],
    [500, 'InternalError'],
    [501, 'NotImplemented'],
    [503, 'ServiceUnavailable'],
    [503, 'SlowDown'],
  ])('HTTP %i %s', async (status, code) => {
    s3.answer = refusing(status, code);
    expect(await failure(store)).toEqual(await failure(s3.openStore(connections)));
    expect(s3.requests.map(bySdk)).toEqual([true, false, true]);
  });

  test.each([301, 400, 403, 404, 429, 500, 503])('HTTP %i without a body', async (status) => {
    s3.answer = (_, response) => response.writeHead(status).end();
    expect(await failure(store)).toEqual(await failure(s3.openStore(connections)));
    expect(s3.requests.map(bySdk)).toEqual([true, false, true]);
  });

  test('a page of a proxy on the way', async () => {
    s3.answer = (_, response) => response.writeHead(502).end('<html><br>Bad Gateway');
    expect(await failure(store)).toMatchObject({ name: 'OutageError', code: 's3_unavailable' });
  });
});

describe('the body', () => {
  test('is bounded by its announced length before it is read', async () => {
    let closed: Promise<unknown> | undefined;
    s3.answer = (_, response) => {
      closed = once(response, 'close');
      response.writeHead(200, { 'content-length': 1001 }).write('x'); // the rest never comes
    };
    await expect(store.read('s3://bucket/a', { maxBytes: 1000 })).rejects.toMatchObject({
      code: 'too_large',
    });
    await closed;
  });

  test('is bounded while it is read where no length is announced', async () => {
    s3.answer = (_, response) => {
      response.writeHead(200, { etag: '"v"' });
      for (let n = 0; n < 10; n++) response.write(Buffer.alloc(1000));
      response.end();
    };
    expect((await store.read('s3://bucket/a', { maxBytes: 10_000 })).body).toEqual(Buffer.alloc(10_000));
    await expect(store.read('s3://bucket/a', { maxBytes: 9_999 })).rejects.toMatchObject({
      code: 'too_large',
    });
  });

  test.each([
    ['an announced length', { 'content-length': 1000 }],
    ['chunks', {}],
  ])('that is cut short of %s is an outage', async (_, headers) => {
    s3.answer = (_, response) => {
      response.writeHead(200, headers).write('half', () => response.destroy());
    };
    await expect(store.read('s3://bucket/a')).rejects.toMatchObject({
      name: 'OutageError',
      code: 's3_network',
      retryable: true,
    });
  });

  test('ends with the time limit, and with the caller', async () => {
    s3.answer = (_, response) => response.writeHead(200, { 'content-length': 1000 }).write('half');
    await expect(store.read('s3://bucket/a', { timeoutMs: 100 })).rejects.toMatchObject({
      code: 's3_timeout',
      message: expect.stringContaining('within 100 ms'),
    });
    const stop = new AbortController();
    s3.answer = (_, response) => {
      response
        .writeHead(200, { 'content-length': 1000 })
        .write('half', () => stop.abort(new Error('enough')));
    };
    await expect(store.read('s3://bucket/a', { signal: stop.signal })).rejects.toThrow('enough');
  });
});

async function failure(from: S3Store): Promise<unknown> {
  const error = await from.read('s3://bucket/a').catch((error) => error);
  const { name, code, message, retryable } = error;
  return { name, code, message, retryable };
}
