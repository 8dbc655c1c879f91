/** The least that labelmill needs of S3: docs/s3-policy.json, given to a user of Ceph who may nothing else. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectS3 } from '@labelmill/shared/store/s3-connection';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { testCeph } from '../parts/ceph.ts';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { limitedS3 } from '../parts/limited-s3.ts';
import { TestRedis } from '../parts/redis.ts';
import { Serving } from '../parts/serve.ts';

it('suffices to enqueue, label, resume, retry, verify, compact, query and show runs, and allows nothing in other buckets', async ({
  skip,
}) => {
  const ceph = await testCeph();
  const user = (await limitedS3(ceph)) ?? skip('users cannot be made at LABELMILL_TEST_S3');
  const { images, runs, credentials } = user;
  const other = await ceph.freshBucket();
  await using stores = openOperatorStores(ceph.config);
  const store = stores.for('s3://');
  const cat = await readFile(join(repository, 'examples/photos/cat.jpg'));
  for (const key of ['1.jpg', '2.jpg', '3.jpg']) await store.create(`s3://${images}/${key}`, cat);
  await store.create(`s3://${other}/1.jpg`, cat);
  const broken = `s3://${images}/0.jpg`;
  await store.create(broken, cat.subarray(0, 2000));

  const { sdk, client } = await connectS3(ceph.config, 1);
  const limited = new sdk.S3Client({
    endpoint: ceph.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: {
      accessKeyId: credentials.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: credentials.AWS_SECRET_ACCESS_KEY ?? '',
    },
  });

  await using redis = await TestRedis.start();
  const env = { ...user.env, REDIS_URL: redis.url };
  const out = `s3://${runs}/all/`;
  await using worker = new LabelmillProcess(['worker'], { env });
  const args = ['enqueue', `s3://${images}/`, '--out', out, '--chunk-size', '2', '--json'];
  const enqueued = await labelmill([...args, '--wait'], { env });
  expect(enqueued.status).toBe(3);
  const { run } = JSON.parse(enqueued.stdout);
  await store.replace(broken, cat);
  const retried = await labelmill(['retry', run, '--out', out, '--errors', 'all', '--wait'], { env });
  expect(retried.status).toBe(0);
  expect((await labelmill(['verify', run, '--out', out], { env })).status).toBe(0);
  // Who wrote an object may always read it: this one is the bucket's owner's from here on.
  const part = { Bucket: runs, Key: `all/${run}/labels/part-00000000.jsonl` };
  const { Body } = await limited.send(new sdk.GetObjectCommand(part));
  await client.send(new sdk.PutObjectCommand({ ...part, Body: (await Body?.transformToByteArray()) ?? '' }));
  expect((await labelmill(['verify', run, '--out', out], { env })).status).toBe(0);
  const ask = ['query', run, 'select count(*) as n from records where label is not null', '--json'];
  for (const format of ['parquet', 'jsonl', 'csv']) {
    expect(JSON.parse((await labelmill([...ask, '--out', out], { env })).stdout)).toEqual({ n: 4 });
    expect((await labelmill(['compact', run, '--out', out, '--format', format], { env })).status).toBe(0);
  }
  await using serving = await Serving.start(out, { env });
  expect((await serving.get('/api/runs')).runs).toMatchObject([
    { id: run, state: 'complete', images: 4, ok: 4, error: 0 },
  ]);
  const { total, images: found } = await serving.get(`/api/runs/${run}/images`);
  expect(total).toBe(4);
  expect(found[0].record.uri).toBe(broken);
  const picture = await serving.fetch(`/api/runs/${run}/images/0/picture`);
  expect(picture.headers.get('content-type')).toBe('image/jpeg');
  const { width } = await sharp(await picture.bytes()).metadata();
  expect(width).toBe(320);
  const second = await labelmill(args, { env });
  const id = JSON.parse(second.stdout).run;
  await labelmill(['cancel', id], { env });
  expect((await labelmill(['resume', id, '--out', out, '--wait'], { env })).status).toBe(0);
  worker.kill('SIGTERM');
  expect((await worker.ended).stdout).not.toMatch(/denied|forbidden/i);

  // Each action alone: a command that needs two of them says nothing of either.
  const refused = { name: 'AccessDenied' };
  const put = new sdk.PutObjectCommand({ Bucket: images, Key: '9.jpg', Body: cat });
  await expect(limited.send(put), 'PutObject of images').rejects.toMatchObject(refused);
  const remove = new sdk.DeleteObjectCommand({ Bucket: images, Key: '1.jpg' });
  await expect(limited.send(remove), 'DeleteObject of images').rejects.toMatchObject(refused);
  const get = new sdk.GetObjectCommand({ Bucket: other, Key: '1.jpg' });
  await expect(limited.send(get), 'GetObject elsewhere').rejects.toMatchObject(refused);
  const Tagging = { TagSet: [{ Key: 'a', Value: 'b' }] };
  const tagging = new sdk.PutObjectTaggingCommand({ ...part, Tagging });
  await expect(limited.send(tagging), 'more than is needed of runs').rejects.toMatchObject(refused);
  limited.destroy();
  client.destroy();

  const listing = await labelmill(['label', `s3://${other}/`, '--out', out], { env });
  expect(listing.stderr).toContain('[source_unreadable]');
  const writing = await labelmill(['label', `s3://${images}/`, '--out', `s3://${images}/runs/`], { env });
  expect(writing.stderr).toContain('[output_unwritable]');
}, 120_000);
