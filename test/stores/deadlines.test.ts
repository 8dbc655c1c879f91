/** No request of a store hangs: each harm of the network ends as an outage, in a time that is known. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { HttpsStore } from '@labelmill/shared/store/https-store';
import type { ObjectStore } from '@labelmill/shared/store/object-store';
import { S3Store } from '@labelmill/shared/store/s3-store';
import { type StoreConfig, storeConfigSchema } from '@labelmill/shared/store/store-config';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { localhostCertificate } from '../parts/localhost-certificate.ts';
import { TcpProxy } from '../parts/tcp-proxy.ts';

const object = Buffer.alloc(100_000, 'x');
const settings = { ...process.env };
let stack: AsyncDisposableStack;
let proxy: TcpProxy;
/** Called with every request; by default it answers with the object, whose head is a TLS record of its own. */
let answer: RequestListener;

beforeEach(() => {
  process.env.AWS_ACCESS_KEY_ID = 'key';
  process.env.AWS_SECRET_ACCESS_KEY = 'secret';
  stack = new AsyncDisposableStack();
  answer = (_, response) => {
    response.writeHead(200, { 'content-length': object.length, etag: '"v"' }).flushHeaders();
    response.end(object);
  };
});

afterEach(async () => {
  await stack.disposeAsync();
  process.env = { ...settings };
});

/** All of it comes in twice the time over which the rate is taken: a reader that has not noticed ends with the whole. */
const dripping: RequestListener = (_, response) => {
  proxy.harm = { kind: 'drip', bytesPerSecond: 200 };
  response.writeHead(200, { 'content-length': 4000, etag: '"v"' }).flushHeaders();
  response.end(object.subarray(0, 4000));
};

/** A server behind the proxy. */
async function serve(secure: boolean): Promise<void> {
  const listener: RequestListener = (request, response) => answer(request, response);
  const server = secure ? createTlsServer(localhostCertificate, listener) : createServer(listener);
  // For a server the answer has ended when it is written, though it still drips through the proxy.
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  proxy = stack.use(await TcpProxy.start((server.address() as AddressInfo).port));
}

async function s3(limits: Partial<StoreConfig>): Promise<ObjectStore> {
  await serve(false);
  const endpoint = `http://127.0.0.1:${proxy.port}`;
  return stack.use(
    new S3Store(storeConfigSchema.parse({ ...limits, s3: { endpoint, forcePathStyle: true } }), 4),
  );
}

async function https(limits: Partial<StoreConfig>): Promise<ObjectStore> {
  await serve(true);
  const hosts = new Set([`127.0.0.1:${proxy.port}`]);
  const policy = { hosts, allowAddress: () => true, ca: localhostCertificate.cert };
  return stack.use(new HttpsStore(policy, storeConfigSchema.parse(limits), 4));
}

const stores = [
  ['S3', s3, () => 's3://bucket/a', 's3_timeout'],
  ['https', https, () => `https://127.0.0.1:${proxy.port}/a`, 'https_timeout'],
] as const;

describe.each(stores)('%s', (_, open, uri, code) => {
  const timeout = { name: 'OutageError', code, retryable: true };

  test('an answer that drips is given up long before the time for all of it is over', async () => {
    const store = await open({ readTimeoutMs: 600_000 });
    await store.read(uri()); // connected: the harm is to the body
    answer = dripping;
    await expect(store.read(uri())).rejects.toMatchObject({
      ...timeout,
      message: expect.stringContaining('fewer than 1000 bytes a second'),
    });
  });

  test('and so is one that is read piece by piece, though every piece comes in time', async () => {
    const store = await open({ readTimeoutMs: 600_000 });
    await store.read(uri());
    answer = dripping;
    await expect(Array.fromAsync(store.stream(uri()))).rejects.toMatchObject(timeout);
  });

  test('a reader that is slower than that is waited for', async () => {
    const store = await open({ readTimeoutMs: 600_000 });
    let bytes = 0;
    for await (const piece of store.stream(uri())) {
      // 100 kB in at least two pieces, for each of which the window of 10 s passes
      if (bytes === 0) await new Promise((resolve) => setTimeout(resolve, 10_500));
      bytes += piece.length;
    }
    expect(bytes).toBe(object.length);
  });

  test('a server that takes the request and says nothing ends every operation', async () => {
    const store = await open({ readTimeoutMs: 500 });
    proxy.harm = { kind: 'stall' };
    await expect(store.read(uri())).rejects.toMatchObject(timeout);
    await expect(store.head(uri())).rejects.toMatchObject(timeout);
    await expect(Array.fromAsync(store.stream(uri()))).rejects.toMatchObject(timeout);
  });
});

describe('S3, beside reading,', () => {
  const timeout = { name: 'OutageError', code: 's3_timeout', retryable: true };

  test('a server that says nothing ends a listing, a creation, a replacement and a removal', async () => {
    const store = await s3({ readTimeoutMs: 500 });
    proxy.harm = { kind: 'stall' };
    await expect(Array.fromAsync(store.list('s3://bucket/'))).rejects.toMatchObject(timeout);
    await expect(store.create('s3://bucket/a', object)).rejects.toMatchObject(timeout);
    await expect(store.replace('s3://bucket/a', object)).rejects.toMatchObject(timeout);
    await expect(store.remove('s3://bucket/a')).rejects.toMatchObject(timeout);
  });

  test.each([
    ['a listing', 200, (store: ObjectStore) => Array.fromAsync(store.list('s3://bucket/'))],
    ['a refused listing', 403, (store: ObjectStore) => Array.fromAsync(store.list('s3://bucket/'))],
    ['a refused creation', 503, (store: ObjectStore) => store.create('s3://bucket/a', object)],
    ['a refused read', 503, (store: ObjectStore) => store.read('s3://bucket/a')],
  ])('and so does %s whose answer stops half-way', async (_, status, call) => {
    const store = await s3({ readTimeoutMs: 500 });
    answer = (_request, response) => {
      response.writeHead(status, { 'content-type': 'application/xml', 'content-length': 500 });
      response.write('<?xml version="1.0"?><ListBucketResult>');
    };
    await expect(call(store)).rejects.toMatchObject(timeout);
  });

  test('a host that does not answer the connection is given up sooner than a read', async () => {
    // 192.0.2.0/24 is for documentation (RFC 5737): nobody answers. Where a network refuses at once, that is an outage too.
    const config = { s3: { endpoint: 'http://192.0.2.1', forcePathStyle: true }, connectTimeoutMs: 300 };
    await using store = new S3Store(storeConfigSchema.parse({ ...config, readTimeoutMs: 600_000 }), 4);
    await expect(store.read('s3://bucket/a')).rejects.toMatchObject({ name: 'OutageError', retryable: true });
  });
});
