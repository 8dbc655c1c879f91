/** The producer as a library: a program hands in URIs and awaits the account. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import { resolveBundle } from '@labelmill/models/find-bundle';
import { Producer } from '@labelmill/producer/producer';
import { StreamSource } from '@labelmill/producer/source/stream-source';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { expect, it } from 'vitest';
import { LabelmillProcess, repository } from '../parts/labelmill.ts';
import { records } from '../parts/records.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const photo = (name: string) => pathToFileURL(join(repository, 'examples/photos', name)).href;

async function runOf(uris: readonly string[]) {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  await using stores = openOperatorStores(storeConfigSchema.parse({}));
  await using producer = await Producer.connect({ redisUrl: redis.url, stores, mostOutstandingChunks: 2 });
  const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: repository };
  await using _worker = new LabelmillProcess(['worker'], { env });
  async function* images(): AsyncGenerator<string> {
    yield* uris;
  }
  const run = await producer.start({
    source: new StreamSource(images()),
    bundle: await resolveBundle('vgg-mini', [builtInBundles]),
    output: `${pathToFileURL(folder.path).href}/`,
    topK: 3,
    chunkSize: 2,
  });
  const summary = await run.closed();
  const found = await records(join(folder.path, run.info.run.id)).catch(() => []);
  return { summary, found };
}

it('labels what an async iterable yields, in its order, with no more chunks outstanding than asked', async () => {
  const uris = ['cat.jpg', 'coffee.jpg', 'fig.jpg', 'cat.jpg', 'dogs.jpg', 'temple.jpg', 'drum.jpg'].map(
    photo,
  );
  const { summary, found } = await runOf(uris);
  expect(summary).toMatchObject({ listed: 7, ok: 7, error: 0, chunks: 4 });
  expect(found.map(({ uri }) => uri)).toEqual(uris);
  expect(found.every((record) => record.status === 'ok' && record.labels.length === 3)).toBe(true);
});

it('closes the account of a run of nothing', async () => {
  expect((await runOf([])).summary).toMatchObject({ listed: 0, ok: 0, error: 0, chunks: 0 });
});
