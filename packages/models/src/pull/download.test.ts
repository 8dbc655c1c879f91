import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OutageError } from '@labelmill/shared/errors';
import { Agent, type Dispatcher } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publishedAs } from '../../test/published-fake.ts';
import { type Answer, cut, serve, status, WeightsServer } from '../../test/weights-server.ts';
import { type DownloadOptions, download } from './download.ts';
import { httpSource } from './http-source.ts';
import type { WeightsSource } from './weights-source.ts';

const bytes = Buffer.from(Uint32Array.from({ length: 100_000 }, (_, i) => i * 2654435761).buffer);
const weights = publishedAs(bytes);
const path = '/timm/vgg11/model.safetensors';

let folder: string;
let dispatcher: Dispatcher;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'download-'));
  dispatcher = new Agent();
});
afterEach(async () => {
  await dispatcher.destroy();
  await rm(folder, { recursive: true });
});

function fetchFrom(server: WeightsServer, options: Partial<DownloadOptions> = {}) {
  const source = httpSource({ dispatcher, mirror: server.origin });
  const defaults = { weights, source, folder, retryDelayMs: 1, onProgress: () => {}, signal: undefined };
  return download({ ...defaults, ...options });
}

const partPath = () => join(folder, `${weights.sha256}.part`);

describe('download', () => {
  it('fetches a file once, checks it, and reports how far it is', async () => {
    await using server = await WeightsServer.start(serve(bytes));
    const seen: number[] = [];
    const fetched = await fetchFrom(server, {
      onProgress: ({ done, total }) => {
        expect(total).toBe(400_000);
        seen.push(done);
      },
    });
    expect(Buffer.compare(await readFile(fetched), bytes)).toBe(0);
    expect(await readdir(folder)).toEqual([weights.sha256]);
    expect(seen[0]).toBe(0);
    expect(seen.at(-1)).toBe(400_000);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(await fetchFrom(server)).toBe(fetched);
    expect(server.requests).toEqual([{ path, range: undefined }]);
  });

  it('after a cut connection asks only for the rest', async () => {
    await using server = await WeightsServer.start(cut(bytes, 150_000), cut(bytes, 300_000), serve(bytes));
    let done = 0;
    const atRequest: number[] = [];
    const fetched = await fetchFrom(server, {
      onProgress: (progress) => {
        if (server.requests.length > atRequest.length) atRequest.push(progress.done);
        done = progress.done;
      },
    });
    expect(Buffer.compare(await readFile(fetched), bytes)).toBe(0);
    expect(done).toBe(400_000);
    expect(atRequest[0]).toBe(0);
    expect(atRequest[1]).toBeGreaterThan(0);
    expect(atRequest[2]).toBeGreaterThan(atRequest[1]!);
    expect(server.requests.map(({ range }) => range)).toEqual([
      undefined,
      `bytes=${atRequest[1]}-`,
      `bytes=${atRequest[2]}-`,
    ]);
  });

  it('resumes what an earlier process left, whose bytes count for the checksum', async () => {
    await writeFile(partPath(), bytes.subarray(0, 123_457));
    await using server = await WeightsServer.start(serve(bytes));
    await fetchFrom(server);
    expect(server.requests).toEqual([{ path, range: 'bytes=123457-' }]);
  });

  it('needs no server for a part that was only not named yet', async () => {
    await writeFile(partPath(), bytes);
    await using server = await WeightsServer.start(status(500));
    await fetchFrom(server);
    expect(server.requests).toEqual([]);
  });

  it('starts over where the server ignores ranges', async () => {
    await writeFile(partPath(), bytes.subarray(0, 1000));
    const whole: Answer = (_, response) => response.end(bytes);
    await using server = await WeightsServer.start(whole);
    const fetched = await fetchFrom(server);
    expect(Buffer.compare(await readFile(fetched), bytes)).toBe(0);
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['longer than the file', Buffer.concat([bytes, bytes])],
    ['of other bytes', Buffer.alloc(1000)],
  ])('starts over where the part is %s', async (_, part) => {
    await writeFile(partPath(), part);
    await using server = await WeightsServer.start(serve(bytes));
    const fetched = await fetchFrom(server);
    expect(Buffer.compare(await readFile(fetched), bytes)).toBe(0);
    expect(server.requests.at(-1)).toEqual({ path, range: undefined });
  });

  it('refuses wrong bytes and keeps nothing of them', async () => {
    const wrong = Buffer.from(bytes);
    wrong[7] = wrong[7]! ^ 1;
    await using server = await WeightsServer.start(serve(wrong));
    await expect(fetchFrom(server)).rejects.toMatchObject({ name: 'UsageError', code: 'wrong_bytes' });
    expect(await readdir(folder)).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  it('fetches anew what was damaged on disk', async () => {
    await writeFile(join(folder, weights.sha256), 'damaged');
    await using server = await WeightsServer.start(serve(bytes));
    expect((await stat(await fetchFrom(server))).size).toBe(400_000);
  });

  it.each([
    ['says it is larger', undefined, serve(Buffer.concat([bytes, bytes]))],
    ['says it is smaller', undefined, serve(bytes.subarray(1))],
    [
      'says nothing and sends more',
      undefined,
      ((_, response) => response.write(bytes, () => response.end(bytes))) as Answer,
    ],
  ])('refuses a file of another size than the catalogue names: it %s', async (_, _size, answer) => {
    await using server = await WeightsServer.start(answer);
    const sized = { ...weights, bytes: bytes.length };
    await expect(fetchFrom(server, { weights: sized })).rejects.toMatchObject({ code: 'wrong_size' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('tries again while the server is busy', async () => {
    await using server = await WeightsServer.start(status(503), status(429), status(500), serve(bytes));
    await fetchFrom(server);
    expect(server.requests).toHaveLength(4);
  });

  it('gives up after five attempts that bring nothing, as an outage', async () => {
    await using server = await WeightsServer.start(status(503));
    await expect(fetchFrom(server)).rejects.toMatchObject({
      name: 'OutageError',
      code: 'download_failed',
      message: `cannot fetch ${server.origin}${path}: the server answered 503`,
    });
    expect(server.requests).toHaveLength(5);
  });

  it.each([
    [404, 'not_there'],
    [410, 'not_there'],
    [401, 'download_refused'],
    [403, 'download_refused'],
  ])('says at once that %d does not pass', async (code, expected) => {
    await using server = await WeightsServer.start(status(code));
    await expect(fetchFrom(server)).rejects.toMatchObject({
      name: 'UsageError',
      code: expected,
      message: expect.stringContaining(`${server.origin}${path}`),
    });
    expect(server.requests).toHaveLength(1);
  });

  it('keeps the part when it is aborted, and goes on from there', async () => {
    await using server = await WeightsServer.start(serve(bytes));
    const controller = new AbortController();
    const onProgress = ({ done }: { done: number }) => {
      if (done > 0) controller.abort(new Error('enough'));
    };
    await expect(fetchFrom(server, { onProgress, signal: controller.signal })).rejects.toThrow('enough');
    const { size } = await stat(partPath());
    expect(size).toBeGreaterThan(0);
    await fetchFrom(server);
    if (size < bytes.length) expect(server.requests.at(-1)?.range).toBe(`bytes=${size}-`);
  });

  it('can be aborted between two attempts', async () => {
    const source: WeightsSource = {
      open: () => Promise.reject(new OutageError('download_failed', 'no network')),
    };
    const signal = AbortSignal.timeout(20);
    await using server = await WeightsServer.start(status(500));
    await expect(fetchFrom(server, { source, retryDelayMs: 1e6, signal })).rejects.toThrow(/abort/);
  });

  it('on a full disk leaves nothing that could be taken for the whole file', async () => {
    await symlink('/dev/full', partPath()); // every write to it fails with ENOSPC
    await using server = await WeightsServer.start(serve(bytes));
    await expect(fetchFrom(server)).rejects.toMatchObject({
      code: 'disk_full',
      message: expect.stringContaining('the disk is full'),
    });
    expect(await readdir(folder)).toEqual([`${weights.sha256}.part`]);
    expect(server.requests).toHaveLength(1);
  });
});
