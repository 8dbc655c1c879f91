/** Where something is slow or full, everything before it waits: nothing grows without bound, and nothing is lost. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import { resolveBundle } from '@labelmill/models/find-bundle';
import { Producer } from '@labelmill/producer/producer';
import { StreamSource } from '@labelmill/producer/source/stream-source';
import type { ObjectStore } from '@labelmill/shared/store/object-store';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { openOperatorStores, type Stores } from '@labelmill/shared/store/stores';
import { chunksInFlight } from '@labelmill/worker/supervisor/chunks-in-flight';
import { expect, it } from 'vitest';
import { miniEngineConfig } from '../engine/mini-engine.ts';
import { records } from '../parts/records.ts';
import { TestRedis } from '../parts/redis.ts';
import { supervisorOver } from '../parts/supervisor-over.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const bundle = await resolveBundle('vgg-mini', [builtInBundles]);
const engine = await miniEngineConfig();

it('a Redis that comes near its maxmemory makes the producer wait and say so, and go on when workers make room', async () => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  await using stores = openOperatorStores(storeConfigSchema.parse({}));
  const connection = redis.connect();
  const used = /used_memory:(\d+)/.exec(await connection.info('memory'))?.[1];
  // Room for about a tenth of the run: 400 chunks of 64 URIs of 250 bytes are 6.4 MB.
  await connection.config('SET', 'maxmemory', Number(used) + 2_500_000);
  const said: string[] = [];
  const full = Promise.withResolvers<void>();
  await using producer = await Producer.connect({
    redisUrl: redis.url,
    stores,
    mostOutstandingChunks: 10_000,
    onOutage: ({ code, message }) => {
      said.push(`${message} [${code}]`);
      full.resolve();
    },
  });
  // Without a common prefix, which would be stored once a chunk.
  const uris = Array.from({ length: 25_600 }, (_, n) => `s3://${n % 10}${'x'.repeat(240)}/${n}.jpg`);
  const run = await producer.start({
    source: new StreamSource(uris),
    bundle,
    output: `${pathToFileURL(folder.path).href}/`,
    topK: 2,
    chunkSize: 64,
  });
  const summary = run.closed();
  await Promise.race([full.promise, summary]);
  expect(said[0]).toMatch(/^Redis has used [\d.]+ MB of its maxmemory, .* \[redis_full\]$/);
  await using _supervisor = await supervisorOver(redis, stores);
  expect(await summary).toMatchObject({ listed: 25_600, ok: 25_600, error: 0, chunks: 400 });
  const found = await records(join(folder.path, run.info.run.id));
  expect(found.map(({ index }) => index)).toEqual(uris.map((_, index) => index));
  connection.disconnect();
});

it('an output that is slow holds the worker to its chunks in flight', async () => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  await using stores = openOperatorStores(storeConfigSchema.parse({}));
  const go = Promise.withResolvers<void>();
  const [imagesPerChunk, chunks] = [16, 120];
  const most = chunksInFlight(engine, imagesPerChunk);
  expect(most).toBeLessThan(chunks / 2);
  let [waiting, mostWaiting] = [0, 0];
  const all = Promise.withResolvers<void>();
  /** A part waits until the test says so, as over a slow network. */
  const slow: Stores = {
    ...stores,
    for: (uri) => {
      const store = stores.for(uri);
      const create: ObjectStore['create'] = async (name, body) => {
        if (!name.includes('/labels/')) return store.create(name, body);
        mostWaiting = Math.max(mostWaiting, ++waiting);
        if (waiting === most) all.resolve();
        await go.promise;
        waiting--;
        return store.create(name, body);
      };
      return new Proxy(store, {
        get: (target, name) =>
          name === 'create' ? create : Reflect.get(target, name, target)?.bind?.(target),
      });
    },
  };
  await using producer = await Producer.connect({ redisUrl: redis.url, stores, mostOutstandingChunks: 1000 });
  await using _supervisor = await supervisorOver(redis, slow);
  const run = await producer.start({
    source: new StreamSource(Array.from({ length: imagesPerChunk * chunks }, (_, n) => `s3://b/${n}.jpg`)),
    bundle,
    output: `${pathToFileURL(folder.path).href}/`,
    topK: 2,
    chunkSize: imagesPerChunk,
  });
  await run.listed;
  await all.promise;
  const connection = redis.connect();
  // Every other chunk is still on the queue.
  expect(await connection.llen(`labelmill:${bundle.name}:active`)).toBe(most);
  expect(await connection.llen(`labelmill:${bundle.name}:wait`)).toBe(chunks - most);
  connection.disconnect();
  go.resolve();
  expect(await run.closed()).toMatchObject({ chunks, ok: imagesPerChunk * chunks });
  expect(mostWaiting).toBe(most);
});
