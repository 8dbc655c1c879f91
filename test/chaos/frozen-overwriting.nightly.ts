/**
 * A worker that stands still for longer than twice the queue's lock on a store that ignores `If-None-Match`, at the worst
 * moment: it has asked whether its part is there, and wakes up to the answer that it is not.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { queueTiming } from '@labelmill/shared/redis/queue';
import { expect, it } from 'vitest';
import { testCeph } from '../parts/ceph.ts';
import { LabelmillProcess, labelmill } from '../parts/labelmill.ts';
import { openBucket } from '../parts/open-bucket.ts';
import { TestRedis } from '../parts/redis.ts';
import { S3Spoiler } from '../parts/s3-spoiler.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';
import { GatedWorker } from './gated.ts';
import { writeUris } from './soak-source.ts';

/** The time is what is tested here, so it has to pass. */
const frozenMs = 2 * queueTiming.lockDuration + 1000;

it.each([
  { wakes: 'after others have closed its run', ended: true },
  { wakes: 'while its run goes on', ended: false },
])(
  'a worker that wakes up $wakes leaves an exact account',
  async ({ ended }) => {
    const ceph = await testCeph();
    const bucket = await openBucket(ceph);
    await using spoiler = await S3Spoiler.start(ceph.endpoint, { overwrites: true });
    await using folder = await temporaryFolder();
    await using redis = await TestRedis.start();
    const env = { ...ceph.env, AWS_ENDPOINT_URL_S3: spoiler.endpoint, REDIS_URL: redis.url };
    const { source } = await writeUris(folder.path, 64);
    const args = [
      'enqueue',
      source,
      '--out',
      `s3://${bucket}/runs/`,
      '--chunk-size',
      '8',
      '--wait',
      '--json',
    ];
    await using zombie = await GatedWorker.start('error', env);
    const looked = Promise.withResolvers<void>();
    const frozen = Promise.withResolvers<void>();
    spoiler.answered = async ({ method, path }) => {
      if (method !== 'HEAD' || !path.includes('/labels/')) return;
      looked.resolve();
      await frozen.promise;
    };
    await using producer = new LabelmillProcess(args, { env });
    await zombie.labelling;
    zombie.go();
    await looked.promise;
    zombie.child.kill('SIGSTOP');
    const thaw = delay(frozenMs);
    spoiler.answered = () => {};
    frozen.resolve();
    await using other = await GatedWorker.start('ok', env);
    await other.labelling;
    if (ended) {
      other.go();
      expect((await producer.ended).status).not.toBe(1);
    }
    await thaw;
    zombie.child.kill('SIGCONT');
    await zombie.drain();
    other.go();
    const { status, stdout } = await producer.ended;
    expect([0, 3]).toContain(status);
    const { folder: run } = JSON.parse(stdout);
    // Its parts came last, so they count.
    const verified = await labelmill(['verify', run, '--json'], { env });
    expect(verified.status).toBe(3);
    expect(JSON.parse(verified.stdout)).toMatchObject({ listed: 64, differences: [] });
  },
  180_000,
);
