/** Answers of S3 that are spoiled now and then, and objects that change: each image is labelled from what is really there. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { expect, it } from 'vitest';
import { testCeph } from '../parts/ceph.ts';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { TestRedis } from '../parts/redis.ts';
import { bucketOfPhotos } from '../parts/s3-photos.ts';
import { S3Spoiler, type Spoil } from '../parts/s3-spoiler.ts';

const faults: readonly Spoil[] = [
  { kind: 'cut' },
  { kind: 'short' },
  { kind: 'understated' },
  { kind: 'error', status: 500, code: 'InternalError' },
  { kind: 'error', status: 503, code: 'SlowDown' },
  { kind: 'error', status: 403, code: 'ExpiredToken' },
  { kind: 'error', status: 403, code: 'RequestTimeTooSkewed' },
];

it('bodies cut short, lengths that are not so, and errors of S3 itself cost no image', async () => {
  const count = 140;
  const ceph = await testCeph();
  const bucket = await bucketOfPhotos(ceph, count);
  await using spoiler = await S3Spoiler.start(ceph.endpoint);
  // The first answer for every second image.
  const asked = new Set<string>();
  const spoiled = new Map<Spoil, number>();
  spoiler.spoil = ({ method, path }) => {
    const photo = /\/photos\/\d+\.jpg/.exec(path)?.[0];
    if (method !== 'GET' || photo === undefined || asked.has(photo)) return null;
    asked.add(photo);
    const fault = asked.size % 2 === 0 ? faults[(asked.size / 2) % faults.length] : undefined;
    if (fault === undefined) return null;
    spoiled.set(fault, (spoiled.get(fault) ?? 0) + 1);
    return fault;
  };
  const env = { ...ceph.env, AWS_ENDPOINT_URL_S3: spoiler.endpoint };
  const args = ['label', `s3://${bucket}/photos/`, '--out', `s3://${bucket}/runs/`, '--json'];
  const { status, stdout } = await labelmill(args, { env });
  expect(JSON.parse(stdout)).toMatchObject({ listed: count, ok: count, error: 0, errors: {} });
  expect(status).toBe(0);
  expect([...spoiled.values()]).toEqual(faults.map(() => 10));
}, 120_000);

it('an object that changes between listing and fetch is labelled as it is when it is fetched', async () => {
  const ceph = await testCeph();
  await using stores = openOperatorStores(ceph.config);
  await using redis = await TestRedis.start();
  const env = { ...ceph.env, REDIS_URL: redis.url };
  const bucket = await ceph.freshBucket();
  const uri = `s3://${bucket}/changing/photo.jpg`;
  const photo = (name: string) => readFile(join(repository, 'examples/photos', name));
  const store = stores.for(uri);
  await store.create(uri, await photo('cat.jpg'));
  const out = `s3://${bucket}/runs/`;
  const enqueued = await labelmill(['enqueue', uri, '--out', out, '--json'], { env });
  const { run, folder } = JSON.parse(enqueued.stdout);
  const rocket = await photo('rocket.jpg');
  await store.replace(uri, rocket);
  await using _worker = new LabelmillProcess(['worker'], { env });
  expect((await labelmill(['wait', run], { env })).status).toBe(0);
  const part = (await store.read(`${folder}labels/part-00000000.jsonl`)).body;
  // An object that was written in one piece has the MD5 of its bytes as its ETag.
  const version = createHash('md5').update(rocket).digest('hex');
  expect(JSON.parse(Buffer.from(part).toString())).toMatchObject({ index: 0, status: 'ok', version });
});
