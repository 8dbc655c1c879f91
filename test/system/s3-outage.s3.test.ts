/** An outage of the storage costs time and nothing else: no error record, no attempt, no image. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openOperatorStores, type Stores } from '@labelmill/shared/store/stores';
import pMap from 'p-map';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ceph, testCeph } from '../parts/ceph.ts';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { TestRedis } from '../parts/redis.ts';
import { type Harm, TcpProxy } from '../parts/tcp-proxy.ts';

const count = 480;
let ceph: Ceph;
let stores: Stores;
let bucket: string;

beforeAll(async () => {
  ceph = await testCeph();
  stores = openOperatorStores(ceph.config);
  bucket = await ceph.freshBucket();
  const photos = join(repository, 'examples/photos');
  const names = (await readdir(photos)).filter((name) => name.endsWith('.jpg'));
  await pMap(
    Array.from({ length: count }, (_, n) => n),
    async (n) =>
      stores
        .for('s3://')
        .create(
          `s3://${bucket}/photos/${n}.jpg`,
          await readFile(join(photos, names[n % names.length] ?? '')),
        ),
    { concurrency: 16 },
  );
});

afterAll(async () => {
  await stores?.[Symbol.asyncDispose]();
});

/** Waits until the run has a part, seen from outside the harm. */
async function firstPart(folder: string): Promise<void> {
  for (;;) {
    for await (const _part of stores.for(folder).list(`${folder}labels/`)) return;
  }
}

const harms: [string, Harm][] = [
  ['refuses connections', { kind: 'down' }],
  ['stalls', { kind: 'stall' }],
];

describe('when S3 fails in the middle of a run', () => {
  it.each(harms)(
    'and %s, workers stop taking chunks, probe, and go on when it is back; every image is labelled',
    async (_, harm) => {
      await using redis = await TestRedis.start();
      await using proxy = await TcpProxy.start(Number(new URL(ceph.endpoint).port));
      const env = {
        ...ceph.env,
        AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${proxy.port}`,
        REDIS_URL: redis.url,
        LABELMILL_FETCH_TIMEOUT_MS: '1000',
      };
      const out = `s3://${bucket}/runs-${redis.port}/`;
      await using enqueue = new LabelmillProcess(
        ['enqueue', `s3://${bucket}/photos/`, '--out', out, '--chunk-size', '8', '--wait', '--json'],
        { env },
      );
      await enqueue.says('on queue');
      await using worker = new LabelmillProcess(['worker'], { env });
      const { stderr } = enqueue.output;
      const folder = /s3:\/\/\S+\/runs-\d+\/[0-9a-z-]+\//.exec(stderr)?.[0] ?? '';
      await firstPart(folder);
      proxy.harm = harm;
      await worker.says('no more chunks are taken');
      await worker.says('one chunk is taken as a probe');
      proxy.harm = { kind: 'none' };
      const ended = await enqueue.ended;
      expect(ended.status).toBe(0);
      expect(JSON.parse(ended.stdout)).toMatchObject({ listed: count, ok: count, error: 0, errors: {} });
      // An attempt that was spent would be logged so.
      expect(worker.output.stdout + worker.output.stderr).not.toContain('chunk failed');
      expect(worker.output.stdout + worker.output.stderr).toContain('the outage is over');
      const verified = await labelmill(['verify', folder], { env: ceph.env });
      expect(verified.stdout).toContain(`${count} images listed, ${count} ok + 0 errors`);
      expect(verified.status).toBe(0);
    },
    180_000,
  );
});
