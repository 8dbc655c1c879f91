import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { confinedHttps, type HttpsPolicy } from '@labelmill/shared/store/https-policy';
import { HttpsStore } from '@labelmill/shared/store/https-store';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { openStores } from '@labelmill/shared/store/stores';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { localhostCertificate } from '../parts/localhost-certificate.ts';

const config = storeConfigSchema.parse({ readTimeoutMs: 10_000 });
let server: Server;
let host: string;
let answer: RequestListener;
let policy: HttpsPolicy;
let store: HttpsStore;

beforeEach(async () => {
  server = createServer(localhostCertificate, (request, response) => answer(request, response)).listen(0);
  await once(server, 'listening');
  host = `localhost:${(server.address() as AddressInfo).port}`;
  policy = { hosts: new Set([host]), allowAddress: () => true, ca: localhostCertificate.cert };
  store = new HttpsStore(policy, config, 4);
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

test('reads the bytes with the strong ETag as their version', async () => {
  answer = (_, response) => response.writeHead(200, { etag: '"abc"' }).end('photo');
  const { body, version } = await store.read(`https://${host}/a%20b.jpg?size=1`);
  expect([Buffer.from(body).toString(), version]).toEqual(['photo', 'abc']);
  answer = (_, response) => response.writeHead(200, { etag: 'W/"abc"' }).end('photo');
  expect((await store.read(`https://${host}/a`)).version).toBeNull();
  expect(Buffer.concat(await Array.fromAsync(store.stream(`https://${host}/a`))).toString()).toBe('photo');
});

test('tells size and version without the body', async () => {
  answer = (request, response) => {
    const found = request.method === 'HEAD' && request.url === '/a';
    response.writeHead(found ? 200 : 404, { etag: '"abc"', 'content-length': 5 }).end();
  };
  expect(await store.head(`https://${host}/a`)).toEqual({
    uri: `https://${host}/a`,
    version: 'abc',
    bytes: 5,
  });
  expect(await store.head(`https://${host}/b`)).toBeNull();
});

test('a host that is not named is refused, and without names every one is', async () => {
  for (const uri of [
    'https://example.org/a',
    'https://localhost/a',
    `https://user:pass@${host}/a`,
    'https://',
    'https://a b/',
  ]) {
    await expect(store.read(uri)).rejects.toMatchObject({ name: 'ImageError', code: 'uri_refused' });
  }
  await using stores = openStores(config);
  await expect(stores.for('https://example.org/a').read('https://example.org/a')).rejects.toMatchObject({
    code: 'uri_refused',
  });
  expect(() => stores.for('http://example.org/a')).toThrow(expect.objectContaining({ code: 'uri_refused' }));
});

test('a message never holds the password of a URL', async () => {
  await expect(store.read(`https://me:hunter2@${host}/a`)).rejects.toThrow(
    expect.not.stringContaining('hunter2'),
  );
});

test('named hosts that lead to private addresses are refused when the connection is made', async () => {
  const port = host.slice('localhost:'.length);
  let asked = 0;
  answer = (_, response) => {
    asked++;
    response.end('secret');
  };
  const disguises = [
    'localhost',
    '127.0.0.1',
    '[::1]',
    '0x7f.1',
    '2130706433',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
  ];
  const hosts = disguises.map((name) => new URL(`https://${name}:${port}`).host);
  await using confined = new HttpsStore(
    { ...confinedHttps(hosts), ca: localhostCertificate.cert },
    config,
    4,
  );
  for (const name of disguises) {
    await expect(confined.read(`https://${name}:${port}/a`)).rejects.toMatchObject({
      name: 'ImageError',
      code: 'uri_refused',
      message: expect.stringContaining('private address'),
    });
  }
  expect(asked).toBe(0);
});

test('at most three redirects are followed, and only to where a URI may lead', async () => {
  answer = (request, response) => {
    const hops = Number(request.url?.slice(1));
    if (hops === 0) response.end('there');
    else response.writeHead(302, { location: `/${hops - 1}` }).end('moved');
  };
  expect(Buffer.from((await store.read(`https://${host}/3`)).body).toString()).toBe('there');
  await expect(store.read(`https://${host}/4`)).rejects.toMatchObject({ code: 'uri_refused' });
  for (const location of [
    'http://localhost/',
    'https://elsewhere.example/',
    'file:///etc/passwd',
    'https://',
  ]) {
    answer = (_, response) => response.writeHead(301, { location }).end();
    await expect(store.read(`https://${host}/a`)).rejects.toMatchObject({
      name: 'ImageError',
      code: 'uri_refused',
    });
  }
});

test.each([
  [404, 'ImageError', 'not_found'],
  [410, 'ImageError', 'not_found'],
  [403, 'ImageError', 'forbidden'],
  [400, 'ImageError', 'forbidden'],
  [304, 'ImageError', 'forbidden'],
  [429, 'OutageError', 'https_throttled'],
  [500, 'OutageError', 'https_unavailable'],
  [503, 'OutageError', 'https_unavailable'],
])('HTTP %i is %s %s', async (status, name, code) => {
  answer = (_, response) => response.writeHead(status).end('no');
  await expect(store.read(`https://${host}/a`)).rejects.toMatchObject({ name, code });
});

test('sizes are limited, announced or not', async () => {
  // As announced: refused before any of it comes.
  answer = (_, response) => response.writeHead(200, { 'content-length': 2 ** 40 }).flushHeaders();
  await expect(store.read(`https://${host}/a`, { maxBytes: 99_999 })).rejects.toMatchObject({
    code: 'too_large',
  });
  answer = (_, response) => response.writeHead(200, { 'content-length': 100_000 }).end(Buffer.alloc(100_000));
  await expect(store.read(`https://${host}/a`, { maxBytes: 99_999 })).rejects.toMatchObject({
    code: 'too_large',
  });
  expect((await store.read(`https://${host}/a`, { maxBytes: 100_000 })).body).toHaveLength(100_000);
  answer = (_, response) => {
    response.write(Buffer.alloc(50_000));
    response.end(Buffer.alloc(50_000));
  };
  await expect(store.read(`https://${host}/a`, { maxBytes: 99_999 })).rejects.toMatchObject({
    code: 'too_large',
  });
});

test('a body that stalls ends with the time limit or the caller, one that is cut short is an outage', async () => {
  answer = (_, response) => response.writeHead(200, { 'content-length': 1000 }).write('half');
  await expect(store.read(`https://${host}/a`, { timeoutMs: 200 })).rejects.toMatchObject({
    code: 'https_timeout',
  });
  const stop = new AbortController();
  const read = store.read(`https://${host}/a`, { signal: stop.signal });
  stop.abort(new Error('enough'));
  await expect(read).rejects.toThrow('enough');
  answer = (_, response) => {
    response.writeHead(200, { 'content-length': 1000 }).write('half', () => response.destroy());
  };
  await expect(store.read(`https://${host}/a`)).rejects.toMatchObject({
    name: 'OutageError',
    code: 'https_network',
  });
});

test('a certificate that nobody vouches for is an outage', async () => {
  await using strict = new HttpsStore({ hosts: policy.hosts, allowAddress: policy.allowAddress }, config, 1);
  await expect(strict.read(`https://${host}/a`)).rejects.toMatchObject({
    name: 'OutageError',
    code: 'https_network',
  });
});

test('nothing can be listed or written', async () => {
  expect(() => store.list('https://example.org/')).toThrow(expect.objectContaining({ code: 'read_only' }));
  const uri = 'https://example.org/a';
  for (const change of [store.create(uri), store.replace(uri), store.remove(uri)]) {
    await expect(change).rejects.toMatchObject({ name: 'UsageError', code: 'read_only' });
  }
});
