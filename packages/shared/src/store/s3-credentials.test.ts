/** Where the AWS SDK finds credentials beside the environment's keys, by stand-ins on this machine for Amazon's services. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { S3Store } from './s3-store.ts';
import { storeConfigSchema } from './store-config.ts';

const settings = { ...process.env };
let stack: AsyncDisposableStack;
let folder: string;
let requests: IncomingMessage[];
let endpoint: string;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  folder = await mkdtemp(join(tmpdir(), 'lm-'));
  stack.defer(() => rm(folder, { recursive: true }));
  requests = [];
  endpoint = await serve((request, response) => {
    requests.push(request);
    response.setHeader('etag', '"v"').end('x');
  });
  process.env = { PATH: settings.PATH, HOME: folder, AWS_REGION: 'eu-west-1' };
});
afterEach(async () => {
  await stack.disposeAsync();
  process.env = { ...settings };
});

/** One read by the SDK, one that is signed here. */
async function readTwice(s3: object = {}): Promise<IncomingMessage[]> {
  await using store = new S3Store(
    storeConfigSchema.parse({ s3: { endpoint, forcePathStyle: true, ...s3 } }),
    2,
  );
  for (const key of ['a', 'b']) await store.read(`s3://bucket/${key}`);
  return requests;
}

function signedBy(keys: readonly IncomingMessage[]): (string | undefined)[] {
  return keys.map(({ headers }) => /Credential=([^/]+)/.exec(headers.authorization ?? '')?.[1]);
}

const expiration = new Date(Date.now() + 3_600_000).toISOString();
const temporary = { SecretAccessKey: 'secret', Token: 'session', Expiration: expiration };

test('the role of a machine signs requests (EC2, by its metadata service, version 2)', async () => {
  const role = '/latest/meta-data/iam/security-credentials/';
  process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT = await serve((request, response) => {
    if (request.method === 'PUT' && request.url === '/latest/api/token') {
      response.end('metadata-token');
    } else if (request.headers['x-aws-ec2-metadata-token'] !== 'metadata-token') {
      response.writeHead(401).end();
    } else if (request.url === role) response.end('labeller');
    else if (request.url === `${role}labeller`) {
      response.end(JSON.stringify({ Code: 'Success', AccessKeyId: 'ROLEKEY', ...temporary }));
    } else response.writeHead(404).end();
  });
  const reads = await readTwice();
  expect(signedBy(reads)).toEqual(['ROLEKEY', 'ROLEKEY']);
  expect(reads.map(({ headers }) => headers['x-amz-security-token'])).toEqual(['session', 'session']);
});

test('the role of a pod signs requests (EKS Pod Identity, by its agent)', async () => {
  const token = join(folder, 'token');
  await writeFile(token, 'pod-token');
  process.env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE = token;
  process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI = await serve((request, response) => {
    if (request.headers.authorization !== 'pod-token') response.writeHead(401).end();
    else response.end(JSON.stringify({ AccessKeyId: 'PODKEY', ...temporary }));
  });
  expect(signedBy(await readTwice())).toEqual(['PODKEY', 'PODKEY']);
});

test('a web identity is exchanged for a role, which signs requests (a service account of Kubernetes)', async () => {
  await exchangeIdentities((_, response) => void response.end(roleUntil(expiration)));
  expect(signedBy(await readTwice())).toEqual(['WEBKEY', 'WEBKEY']);
});

test('where nobody says what the credentials are, every request ends in its time, and the next one asks anew', async () => {
  let silent = true;
  await exchangeIdentities((_, response) => {
    // Over at once, so that each request asks for new ones.
    if (!silent) response.end(roleUntil(new Date(0).toISOString()));
  });
  await using store = impatientStore();
  await expectTimeouts(store);
  silent = false;
  await untilRead(store);
  // The first was made by the SDK, this one is signed here.
  expect((await store.read('s3://bucket/a')).version).toBe('v');
  silent = true;
  await expectTimeouts(store);
  silent = false;
  await untilRead(store);
});

test('and so does it where a command that gives credentials does not end', async () => {
  process.env.AWS_CONFIG_FILE = join(folder, 'config');
  await writeFile(process.env.AWS_CONFIG_FILE, '[default]\ncredential_process = sleep 20\n');
  await using store = impatientStore();
  await expectTimeouts(store);
});

test('who pays is said and signed with every request, and only where it is set', async () => {
  process.env.AWS_ACCESS_KEY_ID = 'key';
  process.env.AWS_SECRET_ACCESS_KEY = 'secret';
  const payers = (reads: IncomingMessage[]) =>
    reads.map(({ headers }) => [
      headers['x-amz-request-payer'],
      headers.authorization?.includes('x-amz-request-payer'),
    ]);
  expect(payers(await readTwice())).toEqual(Array(2).fill([undefined, false]));
  requests.length = 0;
  expect(payers(await readTwice({ requesterPays: true }))).toEqual(Array(2).fill(['requester', true]));
});

function impatientStore(): S3Store {
  return new S3Store(
    storeConfigSchema.parse({ s3: { endpoint, forcePathStyle: true }, readTimeoutMs: 400 }),
    1,
  );
}

async function expectTimeouts(store: S3Store): Promise<void> {
  const uri = 's3://bucket/a';
  const timeout = { name: 'OutageError', code: 's3_timeout', retryable: true };
  await expect(store.read(uri)).rejects.toMatchObject(timeout);
  await expect(Array.fromAsync(store.stream(uri))).rejects.toMatchObject(timeout);
  await expect(Array.fromAsync(store.list('s3://bucket/'))).rejects.toMatchObject(timeout);
  await expect(store.create(uri, Buffer.from('x'))).rejects.toMatchObject(timeout);
  await expect(store.head(uri)).rejects.toMatchObject(timeout);
}

/** What was asked in vain has to run into its own time limit first. */
async function untilRead(store: S3Store): Promise<void> {
  while (!(await store.read('s3://bucket/a').catch(() => null)));
}

/** A web identity in the environment, and the service that exchanges it for a role. */
async function exchangeIdentities(answer: RequestListener): Promise<void> {
  const token = join(folder, 'token');
  await writeFile(token, 'identity');
  process.env.AWS_WEB_IDENTITY_TOKEN_FILE = token;
  process.env.AWS_ROLE_ARN = 'arn:aws:iam::123456789012:role/labeller';
  process.env.AWS_ENDPOINT_URL_STS = await serve(async (request, response) => {
    const body = new URLSearchParams((await Array.fromAsync(request)).join(''));
    const asked = ['Action', 'RoleArn', 'WebIdentityToken'].map((name) => body.get(name));
    if (asked.join() === `AssumeRoleWithWebIdentity,${process.env.AWS_ROLE_ARN},identity`)
      answer(request, response);
    else response.writeHead(400).end();
  });
}

const roleUntil = (end: string) =>
  `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>WEBKEY</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>session</SessionToken><Expiration>${end}</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
