/** The main job over the real parts: 2,000 images in Ceph, Redis on TCP, one producer, two workers, and deaths. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';

import type { LabelRecord } from '@labelmill/shared/schema/record';
import { openOperatorStores, type Stores } from '@labelmill/shared/store/stores';
import { parquetReadObjects } from 'hyparquet';
import pMap from 'p-map';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ceph, testCeph } from '../parts/ceph.ts';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { TestRedis } from '../parts/redis.ts';

const count = 2000;
const chunkSize = 16;

let ceph: Ceph;
let stores: Stores;
let bucket: string;

beforeAll(async () => {
  ceph = await testCeph();
  stores = openOperatorStores(ceph.config);
  bucket = await ceph.freshBucket();
  const photos = join(repository, 'examples/photos');
  const names = (await readdir(photos)).filter((name) => name.endsWith('.jpg'));
  // Small variants of the photos: each a picture of its own, quick to decode on two cores.
  const small = await Promise.all(
    names.flatMap((name) =>
      [96, 128, 160].map(async (side) =>
        sharp(await readFile(join(photos, name)))
          .resize(side)
          .jpeg()
          .toBuffer(),
      ),
    ),
  );
  await pMap(
    Array.from({ length: count }, (_, n) => n),
    (n) =>
      stores
        .for('s3://')
        .create(`s3://${bucket}/photos/${n % 7}/${n}.jpg`, small[n % small.length] ?? Buffer.alloc(0)),
    { concurrency: 16 },
  );
});

afterAll(async () => {
  await stores?.[Symbol.asyncDispose]();
});

/** The run's records, read from the bucket. */
async function recordsOf(folder: string): Promise<LabelRecord[]> {
  const store = stores.for(folder);
  const parts: string[] = [];
  for await (const { uri } of store.list(`${folder}labels/`)) parts.push(uri);
  const texts = await pMap(parts, async (uri) => Buffer.from((await store.read(uri)).body).toString('utf8'), {
    concurrency: 16,
  });
  return texts.flatMap((text) =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LabelRecord),
  );
}

async function expectExactlyOnce(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const found = await recordsOf(folder);
  expect(found.map(({ index }) => index).sort((a, b) => a - b)).toEqual(
    Array.from({ length: count }, (_, n) => n),
  );
  expect(new Set(found.map(({ uri }) => uri)).size).toBe(count);
  expect(found.every(({ status }) => status === 'ok')).toBe(true);
  const verified = await labelmill(['verify', folder], { env });
  expect(verified.stdout).toContain(`${count} images listed, ${count} ok + 0 errors`);
  expect(verified.status).toBe(0);
}

interface Run {
  readonly env: NodeJS.ProcessEnv;
  readonly redis: TestRedis;
  readonly enqueue: readonly string[];
}

async function withRun(test: (run: Run) => Promise<void>): Promise<void> {
  await using redis = await TestRedis.start();
  const env = { ...ceph.env, REDIS_URL: redis.url };
  const out = `s3://${bucket}/runs-${redis.port}/`;
  const enqueue = [
    'enqueue',
    `s3://${bucket}/photos/`,
    '--out',
    out,
    '--chunk-size',
    String(chunkSize),
    '--json',
  ];
  await test({ env, redis, enqueue });
}

const folderIn = (stdoutOrNote: string) => /s3:\/\/\S+\/runs-\d+\/[0-9a-z-]+\//.exec(stdoutOrNote)?.[0] ?? '';
const runIn = (text: string) => /\d{8}-\d{9}-[0-9a-z]{5}/.exec(text)?.[0] ?? '';

describe('2,000 images in S3, two workers, chunks of 16: exactly 2,000 records, each index once', () => {
  it(
    'when nothing dies',
    () =>
      withRun(async ({ env, enqueue }) => {
        await using _one = new LabelmillProcess(['worker'], { env });
        await using _two = new LabelmillProcess(['worker'], { env });
        const ended = await labelmill([...enqueue, '--wait'], { env });
        expect(ended.status).toBe(0);
        expect(JSON.parse(ended.stdout)).toMatchObject({ listed: count, ok: count, error: 0 });
        await expectExactlyOnce(JSON.parse(ended.stdout).folder, env);
      }),
    180_000,
  );

  it.each(['segment-written:3', 'chunks-added:3'])(
    'when the producer is killed at %s',
    (point) =>
      withRun(async ({ env, enqueue }) => {
        await using _one = new LabelmillProcess(['worker'], { env });
        await using _two = new LabelmillProcess(['worker'], { env });
        const killed = await labelmill(enqueue, { env: { ...env, LABELMILL_CRASH_AT: point } });
        expect(killed.signal).toBe('SIGKILL');
        const folder = folderIn(killed.stderr);
        expect((await labelmill(['resume', folder, '--wait'], { env })).status).toBe(0);
        await expectExactlyOnce(folder, env);
      }),
    180_000,
  );

  it.each(['part-created:5', 'committed:5'])(
    'when a worker is killed at %s',
    (point) =>
      withRun(async ({ env, enqueue }) => {
        await using dying = new LabelmillProcess(['worker'], { env: { ...env, LABELMILL_CRASH_AT: point } });
        await using _other = new LabelmillProcess(['worker'], { env });
        const ended = await labelmill([...enqueue, '--wait'], { env });
        expect((await dying.ended).signal).toBe('SIGKILL');
        expect(ended.status).toBe(0);
        await expectExactlyOnce(JSON.parse(ended.stdout).folder, env);
      }),
    180_000,
  );

  it(
    'when the only worker dies between the last commit and closing the run',
    () =>
      withRun(async ({ env, enqueue }) => {
        const limited = [...enqueue, '--limit', String(chunkSize)];
        const enqueued = await labelmill(limited, { env });
        await using dying = new LabelmillProcess(['worker'], {
          env: { ...env, LABELMILL_CRASH_AT: 'committed:1' },
        });
        expect((await dying.ended).signal).toBe('SIGKILL');
        await using _next = new LabelmillProcess(['worker'], { env });
        expect((await labelmill(['wait', runIn(enqueued.stdout)], { env })).status).toBe(0);
      }),
    180_000,
  );

  it(
    'when Redis is killed and comes back',
    () =>
      withRun(async ({ env, enqueue, redis }) => {
        await using _one = new LabelmillProcess(['worker'], { env });
        await using _two = new LabelmillProcess(['worker'], { env });
        await using producer = new LabelmillProcess([...enqueue, '--wait'], { env });
        const connection = redis.connect();
        connection.on('error', () => {});
        await producer.says('on queue');
        const run = runIn((await connection.zrevrange('labelmill-runs', 0, 0))[0] ?? '');
        while (Number(await connection.hget(`labelmill-run:{${run}}`, 'done')) < 30);
        connection.disconnect();
        await redis.restart();
        const ended = await producer.ended;
        expect(ended.status).toBe(0);
        await expectExactlyOnce(JSON.parse(ended.stdout).folder, env);
      }),
    180_000,
  );
});

it(
  'features lie in S3 as well, and a worker killed before its part costs none',
  () =>
    withRun(async ({ env, enqueue }) => {
      const some = [...enqueue, '--limit', '160', '--emit', 'labels,features'];
      await using dying = new LabelmillProcess(['worker'], {
        env: { ...env, LABELMILL_CRASH_AT: 'features-created:3' },
      });
      const enqueued = await labelmill(some, { env });
      expect((await dying.ended).signal).toBe('SIGKILL');
      await using _next = new LabelmillProcess(['worker'], { env });
      expect((await labelmill(['wait', runIn(enqueued.stdout)], { env })).status).toBe(0);
      const { folder } = JSON.parse(enqueued.stdout);
      const indices: number[] = [];
      for await (const { uri } of stores.for(folder).list(`${folder}features/`)) {
        const rows = await parquetReadObjects({
          file: (await stores.for(folder).read(uri)).body.buffer,
          compressors: { ZSTD: (bytes) => zstdDecompressSync(bytes) },
        });
        for (const { index, features } of rows) {
          expect(features).toHaveLength(512);
          indices.push(Number(index));
        }
      }
      expect(indices.sort((a, b) => a - b)).toEqual(Array.from({ length: 160 }, (_, n) => n));
      const verified = await labelmill(['verify', folder], { env });
      expect(verified.stdout).toContain('160 images listed, 160 ok + 0 errors');
      expect(verified.status).toBe(0);
    }),
  180_000,
);

describe('over S3', () => {
  it('a wrong key is refused in one line that does not show it', () =>
    withRun(async ({ env, enqueue }) => {
      const ended = await labelmill(enqueue, { env: { ...env, AWS_SECRET_ACCESS_KEY: 'not-the-secret' } });
      expect(ended.status).toBe(2);
      expect(ended.stderr.trim().split('\n')).toHaveLength(1);
      expect(ended.stderr).toContain('[s3_credentials]');
      expect(ended.stderr).not.toContain('not-the-secret');
    }));

  it('a bucket that is not there is refused in one line', () =>
    withRun(async ({ env }) => {
      const ended = await labelmill(['label', 's3://no-such-bucket-here/', '--out', `s3://${bucket}/x/`], {
        env,
      });
      expect(ended.status).toBe(2);
      expect(ended.stderr).toContain('[no_such_bucket]');
    }));

  it('a manifest in the bucket names keys beside it, and whole URIs', () =>
    withRun(async ({ env }) => {
      const manifest = `s3://${bucket}/lists/some.csv`;
      const lines = `id,uri\n1,../none.jpg\n2,s3://${bucket}/photos/0/0.jpg\n3,s3://${bucket}/photos/1/1.jpg\n`;
      await stores.for(manifest).create(manifest, Buffer.from(lines));
      const out = `s3://${bucket}/listed/`;
      const ended = await labelmill(['label', manifest, '--out', out, '--json'], { env });
      expect(ended.status).toBe(3);
      expect(JSON.parse(ended.stdout)).toMatchObject({ listed: 3, ok: 2, errors: { not_found: 1 } });
    }));

  it('a bucket is labelled on this machine too', () =>
    withRun(async ({ env }) => {
      const out = `s3://${bucket}/local/`;
      const ended = await labelmill(
        ['label', `s3://${bucket}/photos/3/`, '--limit', '40', '--out', out, '--json'],
        { env },
      );
      expect(ended.status).toBe(0);
      expect(JSON.parse(ended.stdout)).toMatchObject({ listed: 40, ok: 40 });
    }));
});
