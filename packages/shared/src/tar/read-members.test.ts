/** Against a server that stops in the middle: what S3 itself gives is in test/system/shards.s3.test.ts. */

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../../../../test/parts/temp-folder.ts';
import { ImageError } from '../errors.ts';
import { S3Store } from '../store/s3-store.ts';
import { storeConfigSchema } from '../store/store-config.ts';
import { readMembers } from './read-members.ts';

const shard = 's3://bucket/shard.tar';
const names = ['a.jpg', 'b.jpg', 'c.jpg'];
/** Of GNU tar's layout: a block of header, a block of content, and again. */
const members = names.map((name, n) => ({ shard, name, offset: 1024 * n + 512, length: 5 }));
const settings = { ...process.env };
/** Twice as much is less than the time over which the rate of an answer is taken. */
const timeoutMs = 4_000;

let stack: AsyncDisposableStack;
let folder: TemporaryFolder;
let tar: Buffer;
let store: S3Store;
let ranges: (string | undefined)[];
/** Answers a read of the shard; the first read of the bucket is of another object. */
let answer: (response: ServerResponse, whole: Buffer) => void;

beforeEach(async () => {
  process.env.AWS_ACCESS_KEY_ID = 'key';
  process.env.AWS_SECRET_ACCESS_KEY = 'secret';
  stack = new AsyncDisposableStack();
  folder = stack.use(await temporaryFolder());
  await Promise.all(names.map((name) => writeFile(join(folder.path, name), `<${name[0]}>  `)));
  const path = join(folder.path, 'shard.tar');
  await promisify(execFile)('tar', ['-C', folder.path, '-cf', path, ...names]);
  tar = await readFile(path);
  ranges = [];
  answer = (response, whole) => response.end(whole);
  const server = createServer(serve).listen(0, '127.0.0.1');
  stack.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  store = stack.use(new S3Store(storeConfigSchema.parse({ s3: { endpoint, forcePathStyle: true } }), 4));
});

afterEach(async () => {
  vi.useRealTimers();
  await stack.disposeAsync();
  process.env = { ...settings };
});

function serve(request: IncomingMessage, response: ServerResponse): void {
  const { range } = request.headers;
  if (range === undefined) return void response.end('x');
  ranges.push(range);
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range)!.map(Number);
  const whole = tar.subarray(from, to! + 1);
  response.writeHead(206, { 'content-length': whole.length, etag: '"v"' });
  answer(response, whole);
}

/** Reads all members; `come` is called with the text of each that comes. */
function readAll(come: (text: string) => void = () => {}): Promise<number> {
  return readMembers(store, members, {
    timeoutMs,
    onMember: (_, read) => come(read instanceof ImageError ? read.code : Buffer.from(read.body).toString()),
  });
}

describe.each([
  ['by the SDK', async () => {}],
  ['signed here', async () => void (await store.read('s3://bucket/first'))],
])('a read of members, %s,', (_, begin) => {
  test('hands each over as soon as its bytes are there, by one request', async () => {
    await begin();
    let rest = () => {};
    answer = (response, whole) => {
      response.write(whole.subarray(0, 1024));
      rest = () => response.end(whole.subarray(1024));
    };
    const come: string[] = [];
    const given = await readAll((text) => {
      come.push(text);
      if (come.length === 1) rest(); // without this the others never come
    });
    expect(come).toEqual(['<a>  ', '<b>  ', '<c>  ']);
    expect(given).toBe(3);
    expect(ranges).toEqual([`bytes=0-${2 * 1024 + 512 + 5 - 1}`]);
  });

  test('keeps what has come when it breaks', async () => {
    await begin();
    answer = (response, whole) => response.write(whole.subarray(0, 1024 + 512 + 4), () => response.destroy());
    const come: string[] = [];
    expect(await readAll((text) => come.push(text))).toBe(1);
    expect(come).toEqual(['<a>  ']);
  });

  test('that breaks before the first one has come is an outage', async () => {
    await begin();
    answer = (response, whole) => response.write(whole.subarray(0, 500), () => response.destroy());
    await expect(readAll()).rejects.toMatchObject({ name: 'OutageError', code: 's3_network' });
  });

  test('gives each the time of a whole read', async () => {
    await begin();
    const written: (() => void)[] = [];
    answer = (response, whole) => {
      const parts = [whole.subarray(0, 1024), whole.subarray(1024, 2048), whole.subarray(2048)];
      for (const part of parts) written.push(() => response.write(part));
      written.shift()?.();
    };
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const given = await readAll(() => {
      // The next one's bytes are not there yet.
      if (written.length > 0) vi.advanceTimersByTime(0.9 * timeoutMs);
      written.shift()?.();
    });
    expect(given).toBe(3);
  });
});
