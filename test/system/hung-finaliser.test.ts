/** Who closes a run may hang before its last step until the run is opened again: then the run stays open. */
import { pathToFileURL } from 'node:url';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import { resolveBundle } from '@labelmill/models/find-bundle';
import { Producer } from '@labelmill/producer/producer';
import { StreamSource } from '@labelmill/producer/source/stream-source';
import { tryFinalise } from '@labelmill/shared/ledger/finalise';
import { rebuildLedger } from '@labelmill/shared/ledger/rebuild';
import { createLogger } from '@labelmill/shared/logging';
import { beginRetry } from '@labelmill/shared/run/begin-retry';
import { runFolder } from '@labelmill/shared/run/run-folder';
import { packChunk } from '@labelmill/shared/schema/chunk-job';
import { noStages } from '@labelmill/shared/stages/stage-totals';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { openOperatorStores, type Stores } from '@labelmill/shared/store/stores';
import { processChunk } from '@labelmill/worker/supervisor/process-chunk';
import { expect, it } from 'vitest';
import { errorResult, okResult } from '../chaos/stand-in-supervisor.ts';
import { labelmill } from '../parts/labelmill.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

it.each(['before', 'after'] as const)(
  'a finaliser that wakes up %s the ledger of a retry is there brings no _SUCCESS back',
  async (when) => {
    await using folder = await temporaryFolder();
    await using redis = await TestRedis.start();
    await using stores = openOperatorStores(storeConfigSchema.parse({}));
    await using producer = await Producer.connect({ redisUrl: redis.url, stores, mostOutstandingChunks: 10 });
    const { ledger } = producer;
    const uris = ['s3://b/0.jpg', 's3://b/1.jpg'];
    const bundle = await resolveBundle('vgg-mini', [builtInBundles]);
    const output = `${pathToFileURL(folder.path).href}/`;
    const asked = { source: new StreamSource(uris), bundle, output, topK: 5, chunkSize: 2 };
    const run = await producer.start(asked);
    await run.listed;
    const { info } = run;
    const success = runFolder.success(info.folder);
    const store = stores.for(info.folder);
    const deliver = (generation: number, result: typeof okResult | typeof errorResult, through: Stores) =>
      processChunk(
        packChunk(info.run.id, generation, 0, 0, uris),
        false,
        {
          ledger,
          stores: through,
          bundle,
          hasFeatures: false,
          label: async (images) => images.map((_, id) => result(id)),
          stages: { take: noStages },
          span: { event: () => {} },
          log: createLogger({ name: 'test', level: 'silent' }),
        },
        AbortSignal.timeout(60_000),
      );

    const hangs = Promise.withResolvers<void>();
    const wakes = Promise.withResolvers<void>();
    const hung = deliver(0, errorResult, {
      ...stores,
      for: (uri) =>
        new Proxy(stores.for(uri), {
          get: (target, name) => {
            if (name !== 'create' || uri !== info.folder) return Reflect.get(target, name).bind(target);
            return async (...file: Parameters<typeof store.create>) => {
              if (file[0] !== success) return store.create(...file);
              hangs.resolve();
              await wakes.promise;
              return store.create(...file);
            };
          },
        }),
    });
    await hangs.promise;
    expect(await tryFinalise(ledger, stores, info.run.id)).toBe(true);
    await beginRetry(store, info.folder, 'all');
    const rebuild = () => rebuildLedger(ledger, store, info.folder);
    if (when === 'after') await rebuild();
    wakes.resolve();
    await hung;
    if (when === 'before') await rebuild();
    expect(await store.head(success)).toBeNull();
    expect(await ledger.account(info.run.id)).toMatchObject({ state: 'running', doneChunks: 0 });

    await deliver(1, okResult, stores);
    expect(await store.head(success)).not.toBeNull();
    const verified = await labelmill(['verify', info.folder]);
    expect(verified.stdout).toContain('2 images listed, 2 ok + 0 errors');
    expect(verified.status).toBe(0);
  },
);
