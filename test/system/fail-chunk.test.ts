/** A chunk that fails for good while its run's ledger is rebuilt: its error records are counted once, under the new epoch. */
import { pathToFileURL } from 'node:url';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import { resolveBundle } from '@labelmill/models/find-bundle';
import { Producer } from '@labelmill/producer/producer';
import { StreamSource } from '@labelmill/producer/source/stream-source';
import { rebuildLedger } from '@labelmill/shared/ledger/rebuild';
import { createLogger } from '@labelmill/shared/logging';
import { packChunk } from '@labelmill/shared/schema/chunk-job';
import { noStages } from '@labelmill/shared/stages/stage-totals';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { openOperatorStores, type Stores } from '@labelmill/shared/store/stores';
import { failChunk } from '@labelmill/worker/supervisor/fail-chunk';
import { expect, it } from 'vitest';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

it.each(['before', 'after'] as const)('rebuilt %s the part is written', async (when) => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  await using stores = openOperatorStores(storeConfigSchema.parse({}));
  await using producer = await Producer.connect({ redisUrl: redis.url, stores, mostOutstandingChunks: 10 });
  const { ledger } = producer;
  const uris = ['s3://b/0.jpg', 's3://b/1.jpg', 's3://b/2.jpg'];
  const bundle = await resolveBundle('vgg-mini', [builtInBundles]);
  const output = `${pathToFileURL(folder.path).href}/`;
  const run = await producer.start({ source: new StreamSource(uris), bundle, output, topK: 1, chunkSize: 2 });
  await run.listed;
  const { info } = run;
  const rebuild = () => rebuildLedger(ledger, stores.for(info.folder), info.folder);
  const meanwhile: Stores = {
    ...stores,
    for: (uri) => {
      const store = stores.for(uri);
      return new Proxy(store, {
        get: (target, name) => {
          if (name !== 'create' || !uri.includes('/labels/')) return Reflect.get(target, name).bind(target);
          return async (...part: Parameters<typeof store.create>) => {
            if (when === 'before') await rebuild();
            const created = await store.create(...part);
            if (when === 'after') await rebuild();
            return created;
          };
        },
      });
    },
  };
  const context = {
    ledger,
    stores: meanwhile,
    bundle,
    hasFeatures: false,
    label: () => Promise.reject(new Error('nothing is labelled')),
    stages: { take: noStages },
    span: { event: () => {} },
    log: createLogger({ name: 'test', level: 'silent' }),
  };
  await failChunk(packChunk(info.run.id, 0, 0, 0, uris.slice(0, 2)), 'no reason', context);
  const account = await ledger.account(info.run.id);
  expect(account?.epoch).not.toBe(info.epoch);
  expect(account).toMatchObject({ state: 'running', doneChunks: 1, error: 2, errors: { chunk_failed: 2 } });
  await failChunk(packChunk(info.run.id, 0, 1, 2, uris.slice(2)), 'no reason', context);
  expect(await run.closed()).toMatchObject({ listed: 3, error: 3, errors: { chunk_failed: 3 } });
});
