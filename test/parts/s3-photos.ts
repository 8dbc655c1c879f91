/** A bucket with photos in it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import pMap from 'p-map';
import sharp from 'sharp';
import type { Ceph } from './ceph.ts';
import { repository } from './labelmill.ts';

/** Names a fresh bucket with `photos/0.jpg` and so on: the example photos, made small, in turn. */
export async function bucketOfPhotos(ceph: Ceph, count: number): Promise<string> {
  const bucket = await ceph.freshBucket();
  await using stores = openOperatorStores(ceph.config);
  const store = stores.for('s3://');
  const examples = join(repository, 'examples/photos');
  const names = (await readdir(examples)).filter((name) => name.endsWith('.jpg')).sort();
  const small = await Promise.all(
    names.map(async (name) =>
      sharp(await readFile(join(examples, name)))
        .resize(128)
        .jpeg()
        .toBuffer(),
    ),
  );
  await pMap(
    Array.from({ length: count }, (_, n) => n),
    (n) => store.create(`s3://${bucket}/photos/${n}.jpg`, small[n % small.length] ?? Buffer.alloc(0)),
    { concurrency: 16 },
  );
  return bucket;
}
