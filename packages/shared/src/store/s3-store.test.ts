/** How the S3 store takes faults of the service; what it does with a healthy one is in test/stores. */

import { afterEach, beforeEach, expect, test } from 'vitest';
import { refusing, S3StandIn } from '../../../../test/parts/s3-stand-in.ts';
import { S3Store } from './s3-store.ts';
import { storeConfigSchema } from './store-config.ts';

let s3: S3StandIn;
let store: S3Store;

beforeEach(async () => {
  s3 = await S3StandIn.start();
  store = s3.openStore(4);
});
afterEach(() => s3[Symbol.asyncDispose]());

test.each([
  [500, 'InternalError', 's3_unavailable', true],
  [503, 'SlowDown', 's3_throttled', true],
  [503, 'ServiceUnavailable', 's3_unavailable', true],
  [429, 'TooManyRequests', 's3_throttled', true],
  [403, 'InvalidAccessKeyId', 's3_credentials', false],
  [403, 'SignatureDoesNotMatch', 's3_credentials', false],
  [400, 'ExpiredToken', 's3_credentials', true],
  [400, 'InvalidToken', 's3_credentials', true],
  [403, 'RequestTimeTooSkewed', 's3_clock_skew', true],
  [400, 'RequestTimeout', 's3_timeout', true],
  [400, 'AuthorizationHeaderMalformed', 's3_region', false],
])('HTTP %i %s is an outage (%s), also for one object', async (status, s3Code, code, retryable) => {
  s3.answer = refusing(status, s3Code);
  const outage = { name: 'OutageError', code, retryable };
  await expect(store.read('s3://bucket/a')).rejects.toMatchObject(outage);
  // An answer to HEAD carries no code, so that a 503 cannot be told from throttling.
  await expect(store.head('s3://bucket/a')).rejects.toMatchObject({ name: 'OutageError', retryable });
  await expect(store.create('s3://bucket/a', Buffer.from('x'))).rejects.toMatchObject(outage);
  await expect(Array.fromAsync(store.list('s3://bucket/'))).rejects.toMatchObject(outage);
});

test('access denied is an error of the image, of the source or of the output', async () => {
  s3.answer = refusing(403, 'AccessDenied');
  await expect(store.read('s3://bucket/a')).rejects.toMatchObject({
    name: 'ImageError',
    code: 'forbidden',
    retryable: true,
  });
  await expect(store.head('s3://bucket/a')).rejects.toMatchObject({ name: 'ImageError', code: 'forbidden' });
  await expect(Array.fromAsync(store.list('s3://bucket/'))).rejects.toMatchObject({
    name: 'UsageError',
    code: 'source_unreadable',
  });
  await expect(store.replace('s3://bucket/a', Buffer.from('x'))).rejects.toMatchObject({
    name: 'UsageError',
    code: 'output_unwritable',
  });
});

test('the first objects of a listing are there after one request, however many follow', async () => {
  let requests = 0;
  s3.answer = (_request, response) => {
    requests++;
    response.end(
      '<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>more</NextContinuationToken>' +
        '<Contents><Key>a/1</Key><ETag>"v"</ETag><Size>1</Size></Contents></ListBucketResult>',
    );
  };
  for await (const { uri } of store.list('s3://bucket/')) {
    expect([uri, requests]).toEqual(['s3://bucket/a/1', 1]);
    break;
  }
});

test('a store without create-once says so', async () => {
  s3.answer = refusing(501, 'NotImplemented');
  await expect(store.create('s3://bucket/a', Buffer.from('x'))).rejects.toMatchObject({
    code: 'output_unwritable',
  });
});

test('a create that meets another one in mid-air asks again', async () => {
  let asked = 0;
  s3.answer = (request, response) => {
    asked++;
    expect(request.headers['if-none-match']).toBe('*');
    refusing(asked < 3 ? 409 : 412, asked < 3 ? 'ConditionalRequestConflict' : 'PreconditionFailed')(
      request,
      response,
    );
  };
  expect(await store.create('s3://bucket/a', Buffer.from('x'))).toBe('exists');
  expect(asked).toBe(3);
});

test('a body that stalls ends with the time limit, one that is cut short is no image', async () => {
  s3.answer = (_, response) => response.writeHead(200, { 'content-length': 1000 }).write('half');
  await expect(store.read('s3://bucket/a', { timeoutMs: 200 })).rejects.toMatchObject({ code: 's3_timeout' });
  const stalled = Array.fromAsync(store.stream('s3://bucket/a', { timeoutMs: 200 }));
  await expect(stalled).rejects.toMatchObject({ name: 'OutageError', code: 's3_timeout' });
  s3.answer = (_, response) => {
    response.writeHead(200, { 'content-length': 1000 }).write('half', () => response.destroy());
  };
  await expect(store.read('s3://bucket/a')).rejects.toMatchObject({
    name: 'OutageError',
    code: 's3_network',
  });
});

test('the time that the reader of a stream takes does not count', async () => {
  s3.answer = ({ url }, response) => {
    response.writeHead(200, { 'content-length': 400_000 });
    if (url?.includes('stalled')) response.write('x');
    else response.end(Buffer.alloc(400_000));
  };
  let bytes = 0;
  for await (const piece of store.stream('s3://bucket/a', { timeoutMs: 150 })) {
    // Another's limit, which begins with this piece, runs out before the next is asked for.
    if (bytes === 0) await expect(store.read('s3://bucket/stalled', { timeoutMs: 150 })).rejects.toThrow();
    bytes += piece.length;
  }
  expect(bytes).toBe(400_000);
});

test('a body of unknown length is read up to the limit', async () => {
  s3.answer = (_, response) => {
    response.writeHead(200, { etag: '"v"' });
    for (let n = 0; n < 10; n++) response.write(Buffer.alloc(1000));
    response.end();
  };
  expect((await store.read('s3://bucket/a', { maxBytes: 10_000 })).body).toHaveLength(10_000);
  await expect(store.read('s3://bucket/a', { maxBytes: 9_999 })).rejects.toMatchObject({ code: 'too_large' });
});

test('an endpoint that is not there is named', async () => {
  await using nowhere = new S3Store(
    storeConfigSchema.parse({ s3: { endpoint: 'http://127.0.0.1:1', forcePathStyle: true } }),
    1,
  );
  await expect(nowhere.read('s3://bucket/a')).rejects.toMatchObject({
    name: 'OutageError',
    code: 's3_network',
    message: expect.stringMatching(
      /^cannot read s3:\/\/bucket\/a: S3 at http:\/\/127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/,
    ),
  });
});

test.each([
  's3://',
  's3:///a',
  's3://a',
  's3://bu cket/a',
  's3://host.com#/a',
  's3://me@host/a',
  's3://b:80/a',
])('%s is refused', async (uri) => {
  await expect(store.read(uri)).rejects.toMatchObject({ name: 'ImageError', code: 'uri_refused' });
});
