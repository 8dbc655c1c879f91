/** S3 that answers everything with one error, and then with another: an outage each, and no image's fault. */
import { expect, it } from 'vitest';
import { testCeph } from '../parts/ceph.ts';
import { LabelmillProcess, labelmill } from '../parts/labelmill.ts';
import { TestRedis } from '../parts/redis.ts';
import { bucketOfPhotos } from '../parts/s3-photos.ts';
import { S3Spoiler } from '../parts/s3-spoiler.ts';

const outages = [
  { status: 500, code: 'InternalError', said: 's3_unavailable' },
  { status: 503, code: 'SlowDown', said: 's3_throttled' },
  { status: 403, code: 'ExpiredToken', said: 's3_credentials' },
  { status: 403, code: 'RequestTimeTooSkewed', said: 's3_clock_skew' },
] as const;

it('500, SlowDown, expired credentials and a skewed clock cost no image and no attempt', async () => {
  const count = 240;
  const ceph = await testCeph();
  const bucket = await bucketOfPhotos(ceph, count);
  await using redis = await TestRedis.start();
  await using spoiler = await S3Spoiler.start(ceph.endpoint);
  const env = { ...ceph.env, AWS_ENDPOINT_URL_S3: spoiler.endpoint, REDIS_URL: redis.url };
  const out = `s3://${bucket}/runs/`;
  const args = ['enqueue', `s3://${bucket}/photos/`, '--out', out, '--chunk-size', '4', '--wait', '--json'];
  await using producer = new LabelmillProcess(args, { env });
  await producer.says('on queue');
  await using worker = new LabelmillProcess(['worker'], { env });
  await worker.says('"ready"');
  for (const { status, code, said } of outages) {
    spoiler.spoil = () => ({ kind: 'error', status, code });
    await worker.says(`"${said}"`);
  }
  await worker.says('no more chunks are taken');
  spoiler.spoil = () => null;
  const ended = await producer.ended;
  expect(ended.status).toBe(0);
  const summary = JSON.parse(ended.stdout);
  expect(summary).toMatchObject({ listed: count, ok: count, error: 0, errors: {} });
  // An attempt that was spent would be logged so.
  expect(worker.output.stdout).not.toContain('chunk failed');
  expect((await labelmill(['verify', summary.folder], { env: ceph.env })).status).toBe(0);
}, 180_000);
