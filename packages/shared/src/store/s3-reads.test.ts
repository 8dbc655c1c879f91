/** Reads behind the first one of a bucket, which go without the AWS SDK: what they send, and when it makes them after all. */
import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bySdk, ok, refusing, S3StandIn } from '../../../../test/parts/s3-stand-in.ts';
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

test('only the first read of a bucket is made by the SDK', async () => {
  for (const bucket of ['bucket', 'bucket', 'other-bucket', 'other-bucket']) {
    expect(await store.read(`s3://${bucket}/a`)).toEqual({ body: Buffer.from('x'), version: 'v' });
  }
  expect(s3.requests.map(bySdk)).toEqual([true, false, false, true, false]);
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
  expect(s3.requests.slice(1).map(({ url }) => url)).toEqual(
    Object.values(paths).map((path) => `/bucket/${path}`),
  );
});

test('a session token is sent along and signed', async () => {
  await store.read('s3://bucket/a');
  expect(s3.requests[1]?.headers).toMatchObject({
    'x-amz-security-token': 'token',
    authorization: expect.stringContaining(';x-amz-security-token,'),
  });
});

test('the time of the signature is the clock of S3', async () => {
  const hour = 3_600_000;
  s3.answer = (request, response) => {
    response.setHeader('date', new Date(Date.now() + hour).toUTCString());
    ok(request, response);
  };
  for (let read = 0; read < 2; read++) await store.read('s3://other-bucket/a');
  const [, bySdkAt, signedAt] = s3.requests.map(({ headers }) => timeOf(headers['x-amz-date']));
  expect(signedAt! - bySdkAt!).toBeGreaterThan(hour - 60_000);
});

test('credentials that expire are renewed in time', async () => {
  let issued = 0;
  await using issuer = await S3StandIn.start();
  issuer.answer = (_, response) => {
    issued += 1;
    const [AccessKeyId, SecretAccessKey, Token] = [`issue-${issued}`, 'secret', 'token'];
    const Expiration = new Date(Date.now() + 60_000).toISOString(); // the SDK renews five minutes before that
    response.end(JSON.stringify({ AccessKeyId, SecretAccessKey, Token, Expiration }));
  };
  delete process.env.AWS_ACCESS_KEY_ID;
  delete process.env.AWS_SECRET_ACCESS_KEY;
  process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI = issuer.endpoint;
  const renewed = s3.openStore(connections);
  for (let read = 0; read < 3; read++) await renewed.read('s3://bucket/a');
  expect(s3.requests.slice(1).map(bySdk)).toEqual([true, false, false]);
  const keys = s3.requests
    .slice(2)
    .map(({ headers }) => /Credential=([^/]+)/.exec(headers.authorization!)?.[1]);
  expect(new Set(keys).size).toBe(2);
});

describe('where the SDK has a remedy', () => {
  test('it follows a bucket into another region, and the next reads go there', async () => {
    process.env.AWS_ENDPOINT_URL_S3 = s3.endpoint; // with none configured, it stands for Amazon's own
    process.env.AWS_REGION = 'us-east-1';
    const amazon = s3.openStore(connections, { forcePathStyle: true });
    s3.answer = (request, response) => {
      if (regionOf(request) === 'eu-west-1') return ok(request, response);
      response.setHeader('x-amz-bucket-region', 'eu-west-1');
      refusing(301, 'PermanentRedirect')(request, response);
    };
    for (let read = 0; read < 3; read++) await amazon.read('s3://bucket/a');
    expect(s3.requests.slice(1).map(regionOf)).toEqual(['us-east-1', 'eu-west-1', 'eu-west-1', 'eu-west-1']);
    expect(s3.requests.slice(1).map(bySdk)).toEqual([true, true, false, false]);
  });

  test.each([
    [301, 'PermanentRedirect'],
    [400, 'AuthorizationHeaderMalformed'],
    [403, 'RequestTimeTooSkewed'],
  ])('it makes the next read (HTTP %i %s)', async (status, code) => {
    s3.answer = refusing(status, code);
    await expect(store.read('s3://bucket/a')).rejects.toMatchObject({ name: 'OutageError' });
    s3.answer = ok;
    for (let read = 0; read < 2; read++) await store.read('s3://bucket/a');
    expect(s3.requests.map(bySdk)).toEqual([true, false, true, false]);
  });
});

test('half a character is no key', async () => {
  await expect(store.read('s3://bucket/\ud800')).rejects.toMatchObject({ code: 'uri_refused' });
});

function regionOf({ headers }: IncomingMessage): string | undefined {
  return headers.authorization?.split('/')[2];
}

/** Of `20130524T000000Z`, in milliseconds. */
function timeOf(date: string | string[] | undefined): number {
  return Date.parse(String(date).replace(/^(....)(..)(..T..)(..)/, '$1-$2-$3:$4:'));
}
