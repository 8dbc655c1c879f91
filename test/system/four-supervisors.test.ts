/** Several supervisors over one queue, with an engine that answers at once: the queue and the ledger at their limit. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import { resolveBundle } from '@labelmill/models/find-bundle';
import { Producer } from '@labelmill/producer/producer';
import { sourceFromSpec } from '@labelmill/producer/source/open-source';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { expect, it } from 'vitest';
import { records } from '../parts/records.ts';
import { TestRedis } from '../parts/redis.ts';
import { supervisorOver } from '../parts/supervisor-over.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const images = 4000;

it('four supervisors lose nothing and count nothing twice, also when one of them leaves and another comes', async () => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  await using stores = openOperatorStores(storeConfigSchema.parse({}));
  await using producer = await Producer.connect({ redisUrl: redis.url, stores, mostOutstandingChunks: 50 });
  const bundle = await resolveBundle('vgg-mini', [builtInBundles]);
  const uris = Array.from({ length: images }, (_, n) => `s3://bucket/${n % 7}/${n}.jpg`);
  const manifest = join(folder.path, 'list.txt');
  await writeFile(manifest, uris.join('\n'));
  const supervisor = () => supervisorOver(redis, stores);
  await using _one = await supervisor();
  await using _two = await supervisor();
  await using _three = await supervisor();
  await using leaving = await supervisor();

  const uri = pathToFileURL(manifest).href;
  const run = await producer.start({
    source: sourceFromSpec({ kind: 'manifest', uri, format: 'txt', include: [], exclude: [] }, stores),
    bundle,
    output: `${pathToFileURL(folder.path).href}/`,
    topK: 2,
    chunkSize: 8,
  });
  while (((await run.account())?.doneChunks ?? 0) < 100);
  await leaving.drain(0);
  await using _coming = await supervisor();
  const summary = await run.closed();

  // 4,000 images in chunks of 8 are 500 chunks
  expect(summary).toMatchObject({ listed: images, ok: images, error: 0, chunks: 500 });
  const found = await records(join(folder.path, run.info.run.id));
  expect(found.map(({ index }) => index)).toEqual(uris.map((_, index) => index));
  expect(found.map((record) => record.uri)).toEqual(uris);
});
