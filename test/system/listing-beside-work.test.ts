/** Workers label what has been listed while the rest of the source is still being listed: nobody waits for a huge bucket. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import { resolveBundle } from '@labelmill/models/find-bundle';
import { Producer } from '@labelmill/producer/producer';
import { StreamSource } from '@labelmill/producer/source/stream-source';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { expect, it } from 'vitest';
import { checkAccount } from '../chaos/check-account.ts';
import { okResult } from '../chaos/stand-in-supervisor.ts';
import { atOnce } from '../parts/at-once-engine.ts';
import { TestRedis } from '../parts/redis.ts';
import { supervisorOver } from '../parts/supervisor-over.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const chunkSize = 4;
const uris = Array.from({ length: 40 }, (_, n) => `s3://photos/${n}.jpg`);

it('a source whose second half is listed only after images of the first are labelled comes to its end', async () => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  await using stores = openOperatorStores(storeConfigSchema.parse({}));
  await using producer = await Producer.connect({ redisUrl: redis.url, stores, mostOutstandingChunks: 1000 });
  const bundle = await resolveBundle('vgg-mini', [builtInBundles]);
  const labelled = Promise.withResolvers<void>();
  await using _supervisor = await supervisorOver(redis, stores, {
    startEngine: async () => ({
      ...atOnce,
      label: async (images) => {
        labelled.resolve();
        return images.map((_, id) => okResult(id));
      },
    }),
  });

  async function* listing(): AsyncGenerator<string> {
    yield* uris.slice(0, uris.length / 2);
    await labelled.promise;
    yield* uris.slice(uris.length / 2);
  }
  const output = `${pathToFileURL(folder.path).href}/`;
  const run = await producer.start({
    source: new StreamSource(listing()),
    bundle,
    output,
    topK: 5,
    chunkSize,
  });
  expect(await run.closed()).toMatchObject({ listed: uris.length, ok: uris.length, error: 0 });
  const exact = { lost: 0, duplicated: 0, closed: true, ok: uris.length, errors: {} };
  expect(await checkAccount(join(folder.path, run.info.run.id), uris)).toEqual(exact);
});
