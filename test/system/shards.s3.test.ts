/** Shards in S3: listed by one read of each, their images read by parts. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { memberOf } from '@labelmill/shared/tar/member-uri';
import { expect, it } from 'vitest';
import { testCeph } from '../parts/ceph.ts';
import { labelmill, repository } from '../parts/labelmill.ts';
import { records, runFolders } from '../parts/records.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const photos = join(repository, 'examples/photos');

it('images inside shards in S3 get the labels that they get in files', async () => {
  const ceph = await testCeph();
  await using folder = await temporaryFolder();
  await using stores = openOperatorStores(ceph.config);
  const bucket = await ceph.freshBucket();
  // A `#` is an ordinary character of a key.
  for (const [key, names] of [
    ['shards/one#1.tar', ['cat.jpg', 'coffee.jpg']],
    ['shards/two.tar', ['dogs.jpg', 'drum.jpg', 'temple.jpg']],
  ] as const) {
    const tar = join(folder.path, 'shard.tar');
    await promisify(execFile)('tar', ['-C', photos, '-cf', tar, ...names]);
    await stores.for(`s3://${bucket}/`).create(`s3://${bucket}/${key}`, await readFile(tar));
  }
  const [inS3, inFiles] = [join(folder.path, 's3'), join(folder.path, 'files')];
  const ended = await labelmill(['label', `s3://${bucket}/shards/`, '--shards', '--out', inS3], {
    env: ceph.env,
  });
  expect(ended).toMatchObject({ status: 0 });
  const files = ['cat', 'coffee', 'dogs', 'drum', 'temple'].map((name) => join(photos, `${name}.jpg`));
  expect(await labelmill(['label', ...files, '--out', inFiles])).toMatchObject({ status: 0 });
  const labelsIn = async (out: string) =>
    (await records((await runFolders(out)).at(-1) ?? out)).map((record) => ({
      name: record.uri.startsWith('tar+') ? memberOf(record.uri).name : record.uri.replace(/^.*\//, ''),
      first: record.status === 'ok' ? record.labels.map(({ id }) => id) : record.error,
    }));
  expect(await labelsIn(inS3)).toEqual(await labelsIn(inFiles));
});

it('a part of an object comes whole, or says what is wrong with it', async () => {
  const ceph = await testCeph();
  await using stores = openOperatorStores(ceph.config);
  const uri = `s3://${await ceph.freshBucket()}/a`;
  const store = stores.for(uri);
  await store.create(uri, Buffer.from('0123456789'));
  // The first read of a bucket is made by the SDK, those that follow are not.
  for (const _ of ['by the SDK', 'signed here']) {
    const { body, version } = await store.read(uri, { range: { offset: 3, length: 4 } });
    expect(Buffer.from(body).toString()).toBe('3456');
    expect(version).toBe((await store.head(uri))?.version);
    const reach = (offset: number, length: number, maxBytes = 100) =>
      store.read(uri, { range: { offset, length }, maxBytes });
    await expect(reach(8, 4)).rejects.toMatchObject({ code: 'not_found' });
    await expect(reach(10, 1)).rejects.toMatchObject({ code: 'not_found' });
    await expect(reach(0, 9, 8)).rejects.toMatchObject({ code: 'too_large' });
  }
  const pieces = await Array.fromAsync(store.stream(uri, { range: { offset: 6, length: 4 } }));
  expect(Buffer.concat(pieces).toString()).toBe('6789');
});
