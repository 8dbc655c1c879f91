/**
 * In a run against an earlier one, a segment is written only from a step that is there: a producer that comes after a death
 * in between lists on from the last step, and would list a segment's images again that no step knows of.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import { resolveBundle } from '@labelmill/models/find-bundle';
import { ChunkQueue } from '@labelmill/producer/chunk-queue';
import { createRun } from '@labelmill/producer/create-run';
import { type Producing, produce } from '@labelmill/producer/produce';
import type { Source, SourceImage } from '@labelmill/producer/source/source';
import { Ledger } from '@labelmill/shared/ledger/ledger';
import { connectRedis } from '@labelmill/shared/redis/connection';
import { encodeStep } from '@labelmill/shared/run/carried-file';
import { runFolder } from '@labelmill/shared/run/run-folder';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { expect, it } from 'vitest';
import { writeLargeRun } from '../parts/large-run.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const nothing = Buffer.alloc(0);
const earlier = '20260101-000000000-large';

/** Calls `beforeFirst`, then names so many images. */
class CountedSource implements Source {
  readonly spec: Source['spec'] = { kind: 'listing', uri: 's3://photos/', include: [], exclude: [] };
  readonly skipped = 0;
  readonly #images: number;
  beforeFirst = async () => {};

  constructor(images: number) {
    this.#images = images;
  }

  async *images(): AsyncGenerator<SourceImage> {
    await this.beforeFirst();
    for (let n = 0; n < this.#images; n++) yield { uri: `s3://photos/${n}.jpg`, version: '1' };
  }
}

it.each([
  ['that fills a segment', 3],
  ['that ends the listing', 1],
])('where another producer has written the step %s, nothing comes after it', async (_, images) => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  const client = await connectRedis(redis.url);
  await using stores = openOperatorStores(storeConfigSchema.parse({}));
  const output = `${pathToFileURL(folder.path).href}/`;
  const unlike = () => ({ status: 'ok', labels: [] });
  await writeLargeRun(folder.path, { images: 1, uri: 's3://photos/old.jpg', version: '1', record: unlike });
  const bundle = await resolveBundle('vgg-mini', [builtInBundles]);
  const source = new CountedSource(images);
  const ledger = new Ledger(client);
  // Segment 0 holds one chunk.
  const created = await createRun({ source, bundle, output, topK: 1, chunkSize: 2 }, ledger, stores);
  const against = { run: earlier, folders: { [earlier]: `../${earlier}/` } };
  const info = { ...created, run: { ...created.run, against } };
  const others = await encodeStep(
    { listed: 7, lastUri: 's3://photos/x.jpg', ended: false, segments: 0, carried: 7, removed: 0 },
    nothing,
    nothing,
  );
  source.beforeFirst = async () => {
    const step = runFolder.carried(info.folder, 0);
    await stores.for(step).create(step, others);
  };
  await using queue = new ChunkQueue(bundle.name, redis.url);
  const producing: Producing = {
    ...{ info, source, ledger, stores, queue, mostOutstandingChunks: 8 },
    ...{ scratch: folder.path, redis: client, onOutage: () => {} },
  };
  await expect(produce(producing, new AbortController().signal)).rejects.toMatchObject({
    code: 'listed_elsewhere',
  });
  const manifest = await readdir(join(fileURLToPath(info.folder), 'manifest'));
  expect(manifest).toEqual(['carried-00000000.jsonl.gz']);
  expect(await ledger.account(info.run.id)).toMatchObject({ listed: false, segments: 0, chunks: 0 });
  client.disconnect();
});
