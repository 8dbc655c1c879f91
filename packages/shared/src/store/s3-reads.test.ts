/** Reads behind the first one of a bucket, which go without the AWS SDK: what they send, and what they make of the answer. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { S3Store } from './s3-store.ts';
import { storeConfigSchema } from './store-config.ts';

const connections = 8;
const settings = { ...process.env };
let answer: RequestListener;
let requests: IncomingMessage[];
let stack: AsyncDisposableStack;
let endpoint: string;
let store: S3Store;

beforeEach(async () => {
  process.env.AWS_ACCESS_KEY_ID = 'key';
  process.env.AWS_SECRET_ACCESS_KEY = 'secret';
  process.env.AWS_SESSION_TOKEN = 'token';
  requests = [];
  stack = new AsyncDisposableStack();
  endpoint = await serve((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  store = openStore();
  answer = ok;
  await store.read('s3://bucket/first');
});

afterEach(async () => {
  await stack.disposeAsync();
  process.env = { ...settings };
});

test('only the first read of a bucket is made by the SDK', async () => {
  for (const bucket of ['bucket', 'bucket', 'other-bucket', 'other-bucket']) {
    expect(await store.read(`s3://${bucket}/a`)).toEqual({ body: Buffer.from('x'), version: 'v' });
  }
  expect(requests.map(bySdk)).toEqual([true, false, false, true, false]);
});

test('keys go into the path encoded once and otherwise as they are', async () => {
  // By the table of UriEncode in Amazon's description of the signature.
  const paths = {
    'a b+c%20d': 'a%20b%2Bc%2520d',
    "é!'()*": '%C3%A9%21%27%28%29%2A',
    '/lead//twice/': '/lead//twice/',
    'a/../b/./c': 'a/../b/./c',
    '-._~': '-._~',
  };
  for (const key of Object.keys(paths)) await store.read(`s3://bucket/${key}`);
  expect(requests.slice(1).map(({ url }) => url)).toEqual(
    Object.values(paths).map((path) => `/bucket/${path}`),
  );
});

test('a session token is sent along and signed', async () => {
  await store.read('s3://bucket/a');
  expect(requests[1]?.headers).toMatchObject({
    'x-amz-security-token': 'token',
    authorization: expect.stringContaining(';x-amz-security-token,'),
  });
});

test('the time of the signature is the clock of S3', async () => {
  const hour = 3_600_000;
  answer = (request, response) => {
    response.setHeader('date', new Date(Date.now() + hour).toUTCString());
    ok(request, response);
  };
  for (let read = 0; read < 2; read++) await store.read('s3://other-bucket/a');
  const [, bySdkAt, signedAt] = requests.map(({ headers }) => timeOf(headers['x-amz-date']));
  expect(signedAt! - bySdkAt!).toBeGreaterThan(hour - 60_000);
});

test('credentials that expire are renewed in time', async () => {
  let issued = 0;
  const issuer = await serve((_, response) => {
    issued += 1;
    const [AccessKeyId, SecretAccessKey, Token] = [`issue-${issued}`, 'secret', 'token'];
    const Expiration = new Date(Date.now() + 60_000).toISOString(); // the SDK renews five minutes before that
    response.end(JSON.stringify({ AccessKeyId, SecretAccessKey, Token, Expiration }));
  });
  delete process.env.AWS_ACCESS_KEY_ID;
  delete process.env.AWS_SECRET_ACCESS_KEY;
  process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI = issuer;
  const renewed = openStore();
  for (let read = 0; read < 3; read++) await renewed.read('s3://bucket/a');
  expect(requests.slice(1).map(bySdk)).toEqual([true, false, false]);
  const keys = requests.slice(2).map(({ headers }) => /Credential=([^/]+)/.exec(headers.authorization!)?.[1]);
  expect(new Set(keys).size).toBe(2);
});

describe('where the SDK has a remedy', () => {
  test('it follows a bucket into another region, and the next reads go there', async () => {
    process.env.AWS_ENDPOINT_URL_S3 = endpoint; // with none configured, it stands for Amazon's own
    process.env.AWS_REGION = 'us-east-1';
    const amazon = openStore({ forcePathStyle: true });
    answer = (request, response) => {
      if (regionOf(request) === 'eu-west-1') return ok(request, response);
      response.setHeader('x-amz-bucket-region', 'eu-west-1');
      refusing(301, 'PermanentRedirect')(request, response);
    };
    for (let read = 0; read < 3; read++) await amazon.read('s3://bucket/a');
    expect(requests.slice(1).map(regionOf)).toEqual(['us-east-1', 'eu-west-1', 'eu-west-1', 'eu-west-1']);
    expect(requests.slice(1).map(bySdk)).toEqual([true, true, false, false]);
  });

  test.each([
    [301, 'PermanentRedirect'],
    [400, 'AuthorizationHeaderMalformed'],
    [403, 'RequestTimeTooSkewed'],
  ])('it makes the next read (HTTP %i %s)', async (status, code) => {
    answer = refusing(status, code);
    await expect(store.read('s3://bucket/a')).rejects.toMatchObject({ name: 'OutageError' });
    answer = ok;
    for (let read = 0; read < 2; read++) await store.read('s3://bucket/a');
    expect(requests.map(bySdk)).toEqual([true, false, true, false]);
  });
});

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
    answer = refusing(status, code);
    expect(await failure(store)).toEqual(await failure(openStore()));
    expect(requests.map(bySdk)).toEqual([true, false, true]);
  });

  test.each([301, 400, 403, 404, 429, 500, 503])('HTTP %i without a body', async (status) => {
    answer = (_, response) => response.writeHead(status).end();
    expect(await failure(store)).toEqual(await failure(openStore()));
    expect(requests.map(bySdk)).toEqual([true, false, true]);
  });

  test('a page of a proxy on the way', async () => {
    answer = (_, response) => response.writeHead(502).end('<html><br>Bad Gateway');
    expect(await failure(store)).toMatchObject({ name: 'OutageError', code: 's3_unavailable' });
  });
});

describe('the body', () => {
  test('is bounded by its announced length before it is read', async () => {
    let closed: Promise<unknown> | undefined;
    answer = (_, response) => {
      closed = once(response, 'close');
      response.writeHead(200, { 'content-length': 1001 }).write('x'); // the rest never comes
    };
    await expect(store.read('s3://bucket/a', { maxBytes: 1000 })).rejects.toMatchObject({
      code: 'too_large',
    });
    await closed;
  });

  test('is bounded while it is read where no length is announced', async () => {
    answer = (_, response) => {
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
    answer = (_, response) => {
      response.writeHead(200, headers).write('half', () => response.destroy());
    };
    await expect(store.read('s3://bucket/a')).rejects.toMatchObject({
      name: 'OutageError',
      code: 's3_network',
      retryable: true,
    });
  });

  test('ends with the time limit, and with the caller', async () => {
    answer = (_, response) => response.writeHead(200, { 'content-length': 1000 }).write('half');
    await expect(store.read('s3://bucket/a', { timeoutMs: 100 })).rejects.toMatchObject({
      code: 's3_timeout',
      message: expect.stringContaining('within 100 ms'),
    });
    const stop = new AbortController();
    answer = (_, response) => {
      response
        .writeHead(200, { 'content-length': 1000 })
        .write('half', () => stop.abort(new Error('enough')));
    };
    await expect(store.read('s3://bucket/a', { signal: stop.signal })).rejects.toThrow('enough');
  });
});

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
    const wide = openStore();
    await wide.read('s3://bucket/first');
    await inFlight(wide);
    await refuseAll(404, 'NoSuchKey');
    expect(await inFlight(wide)).toBe(connections);
    await answerAll();
  });

  test('the wait for a place counts into the time limit', async () => {
    const narrow = stack.use(
      new S3Store(storeConfigSchema.parse({ s3: { endpoint, forcePathStyle: true } }), 1),
    );
    let answerFirst = () => {};
    answer = (request, response) => {
      answerFirst = () => ok(request, response);
    };
    const first = narrow.read('s3://bucket/a');
    await expect(narrow.read('s3://bucket/b', { timeoutMs: 100 })).rejects.toMatchObject({
      code: 's3_timeout',
    });
    answerFirst();
    expect((await first).version).toBe('v');
    expect(requests).toHaveLength(2);
  });

  let open: ServerResponse[] = [];
  let reads: Promise<unknown>[] = [];

  /** Starts as many reads as there are connections, and counts those that reach the server while none is answered. */
  async function inFlight(from: S3Store = store): Promise<number> {
    open = [];
    answer = (request, response) => {
      if (request.method === 'HEAD') ok(request, response);
      else open.push(response);
    };
    reads = Array.from({ length: connections }, () => from.read('s3://bucket/a').catch((error) => error));
    // Requests that are not limited go to the server and back behind the reads.
    for (let n = 0; n < 5; n++) await from.head('s3://bucket/a');
    return open.length;
  }

  async function refuseAll(status: number, code: string): Promise<void> {
    answer = refusing(status, code);
    for (const response of open) refusing(status, code)(response.req, response as never);
    await Promise.all(reads);
  }

  async function answerAll(): Promise<void> {
    answer = ok;
    for (const response of open) ok(response.req, response as never);
    await Promise.all(reads);
  }
});

test('half a character is no key', async () => {
  await expect(store.read('s3://bucket/\ud800')).rejects.toMatchObject({ code: 'uri_refused' });
});

function ok(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { etag: '"v"' }).end('x');
}

function refusing(status: number, code: string) {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>&lt;no&gt; &amp; &quot;no&quot;</Message></Error>`;
  return (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/xml' }).end(body);
  };
}

function bySdk({ headers }: IncomingMessage): boolean {
  return headers['user-agent']?.startsWith('aws-sdk-js/') ?? false;
}

function regionOf({ headers }: IncomingMessage): string | undefined {
  return headers.authorization?.split('/')[2];
}

/** Of `20130524T000000Z`, in milliseconds. */
function timeOf(date: string | string[] | undefined): number {
  return Date.parse(String(date).replace(/^(....)(..)(..T..)(..)/, '$1-$2-$3:$4:'));
}

function openStore(s3: object = { endpoint, forcePathStyle: true }): S3Store {
  return stack.use(new S3Store(storeConfigSchema.parse({ s3, readTimeoutMs: 10_000 }), connections));
}

async function failure(from: S3Store): Promise<unknown> {
  const error = await from.read('s3://bucket/a').catch((error) => error);
  const { name, code, message, retryable } = error;
  return { name, code, message, retryable };
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  stack.defer(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
