/** An S3 Inventory as a source: files as Amazon's documentation describes them, in a real store. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { beforeEach, expect, it } from 'vitest';
import { type Ceph, testCeph } from '../parts/ceph.ts';
import { labelmill, repository } from '../parts/labelmill.ts';
import { records, runFolders } from '../parts/records.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const photos = join(repository, 'examples/photos');
let ceph: Ceph;
let bucket: string;
let reports: string;
beforeEach(async () => {
  ceph = await testCeph();
  bucket = await ceph.freshBucket();
  reports = await ceph.freshBucket();
});

async function put(uri: string, body: Uint8Array): Promise<void> {
  await using stores = openOperatorStores(ceph.config);
  await stores.for(uri).replace(uri, body);
}

/** Writes an inventory of these rows, each list one file. */
async function inventory(files: readonly string[][], changes: object = {}): Promise<string> {
  const listed = [];
  for (const [place, rows] of files.entries()) {
    const body = gzipSync(rows.map((row) => `${row}\n`).join(''));
    const key = `inventory/data/${place}.csv.gz`;
    await put(`s3://${reports}/${key}`, body);
    listed.push({ key, size: body.length, MD5checksum: createHash('md5').update(body).digest('hex') });
  }
  const manifest = {
    sourceBucket: bucket,
    destinationBucket: `arn:aws:s3:::${reports}`,
    version: '2016-11-30',
    creationTimestamp: '1514944800000',
    fileFormat: 'CSV',
    fileSchema: 'Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag',
    files: listed,
    ...changes,
  };
  const uri = `s3://${reports}/inventory/2026-01-01T00-00Z/manifest.json`;
  await put(uri, Buffer.from(JSON.stringify(manifest)));
  return uri;
}

const row = (key: string, { latest = true, marker = false, size = 9 } = {}) =>
  `"${bucket}","${key}","","${latest}","${marker}","${size}","2026-01-01T00:00:00.000Z","00000000000000000000000000000000"`;

it('the objects of an inventory are labelled in its order: the latest versions, whatever their names', async () => {
  await using folder = await temporaryFolder();
  await put(`s3://${bucket}/a b+ü.jpg`, await readFile(join(photos, 'cat.jpg')));
  await put(`s3://${bucket}/z/dogs.jpg`, await readFile(join(photos, 'dogs.jpg')));
  const uri = await inventory([
    [row('z/', { size: 0 }), row('z/dogs.jpg'), row('z/dogs.jpg', { latest: false })],
    [row('gone.jpg', { marker: true }), row('a+b%2B%C3%BC.jpg'), row('notes.txt')],
  ]);
  const ended = await labelmill(['label', uri, '--out', folder.path], { env: ceph.env });
  expect(ended).toMatchObject({ status: 0 });
  const [run = ''] = await runFolders(folder.path);
  expect((await records(run)).map(({ uri: image, status }) => [image, status])).toEqual([
    [`s3://${bucket}/z/dogs.jpg`, 'ok'],
    [`s3://${bucket}/a b+ü.jpg`, 'ok'],
  ]);
});

it.each<[string, object, RegExp]>([
  ['in another format', { fileFormat: 'ORC' }, /its files are ORC; only CSV can be read/],
  ['without keys', { fileSchema: 'Bucket, Size' }, /names no columns Bucket and Key/],
  ['that is something else', { files: 'none' }, /files: /],
])('an inventory %s is refused in one line', async (_, changes, line) => {
  const uri = await inventory([[row('a.jpg')]], changes);
  const ended = await labelmill(['label', uri], { env: ceph.env });
  expect(ended.status).toBe(2);
  expect(ended.stderr).toMatch(line);
  expect(ended.stderr).toMatch(/^labelmill: s3:.*\[bad_inventory\]\n$/);
});

it('a file that is not the one in the manifest is refused', async () => {
  await using folder = await temporaryFolder();
  const uri = await inventory([[row('a.jpg'), row('b.jpg')]]);
  const enqueue = ['label', uri, '--out', folder.path];
  await put(`s3://${reports}/inventory/data/0.csv.gz`, gzipSync(`${row('other.txt')}\n`));
  const exchanged = await labelmill(enqueue, { env: ceph.env });
  expect(exchanged).toMatchObject({ status: 2, stderr: expect.stringContaining('its MD5 is not') });
  await put(`s3://${reports}/inventory/data/0.csv.gz`, Buffer.from('no gzip'));
  const broken = await labelmill(enqueue, { env: ceph.env });
  expect(broken).toMatchObject({ status: 2, stderr: expect.stringContaining('[bad_inventory]') });
});
