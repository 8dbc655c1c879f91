/**
 * A Redis that refuses what workers write while they hold chunks, because it is full or, after a failover, a replica: their
 * chunks wait, and nothing is lost.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import { resolveBundle } from '@labelmill/models/find-bundle';
import { Producer } from '@labelmill/producer/producer';
import { StreamSource } from '@labelmill/producer/source/stream-source';
import { createLogger } from '@labelmill/shared/logging';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import type { ImageLabeller } from '@labelmill/worker/supervisor/image-labeller';
import type { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { checkAccount } from '../chaos/check-account.ts';
import { okResult } from '../chaos/stand-in-supervisor.ts';
import { atOnce } from '../parts/at-once-engine.ts';
import { TestRedis } from '../parts/redis.ts';
import { supervisorOver } from '../parts/supervisor-over.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const bundle = await resolveBundle('vgg-mini', [builtInBundles]);
const chunkSize = 4;
const chunks = 12;
const uris = Array.from({ length: chunkSize * chunks }, (_, n) => `s3://photos/${n}.jpg`);

/** Suspects as well as all others are `ok`. */
const alone: ImageLabeller['alone'] = (_wanted, work) => work(async () => okResult(0));

interface Refusal {
  readonly code: string;
  readonly begin: (redis: Redis) => Promise<unknown>;
  readonly end: (redis: Redis) => Promise<unknown>;
}
const full: Refusal = {
  code: 'redis_full',
  begin: (redis) => redis.config('SET', 'maxmemory', '1'),
  end: (redis) => redis.config('SET', 'maxmemory', '0'),
};
const replica: Refusal = {
  code: 'redis_refuses',
  // Of a primary that nobody answers for: it keeps what it has.
  begin: (redis) => redis.replicaof('127.0.0.1', 1),
  end: (redis) => redis.replicaof('NO', 'ONE'),
};

it.each([
  { stalls: 0, refusal: full, which: 'chunks at its maxmemory' },
  // Two stalls are a sign that a chunk ends workers: each of its images is noted in Redis first.
  { stalls: 2, refusal: full, which: 'chunks that stalled before, at its maxmemory' },
  { stalls: 0, refusal: replica, which: 'chunks as a replica' },
  { stalls: 2, refusal: replica, which: 'chunks that stalled before, as a replica' },
])(
  '$which are handed back without an attempt, and labelled when it takes them',
  async ({ stalls, refusal }) => {
    await using folder = await temporaryFolder();
    await using redis = await TestRedis.start();
    await using stores = openOperatorStores(storeConfigSchema.parse({}));
    await using producer = await Producer.connect({
      redisUrl: redis.url,
      stores,
      mostOutstandingChunks: 1000,
    });
    const run = await producer.start({
      source: new StreamSource(uris),
      bundle,
      output: `${pathToFileURL(folder.path).href}/`,
      topK: 5,
      chunkSize,
    });
    await run.listed;
    const connection = redis.connect();
    const jobs = await jobsOf(connection, run.info.run.id);
    for (const job of jobs) await connection.hset(job, 'stc', stalls);

    const held = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const lines: string[] = [];
    const refused = Promise.withResolvers<void>();
    const log = createLogger(
      { name: 'test', level: 'info' },
      {
        write: (line) => {
          lines.push(line);
          if (line.includes(`"${refusal.code}"`)) refused.resolve();
        },
      },
    );
    const gate = async () => {
      held.resolve();
      await go.promise;
    };
    await using _supervisor = await supervisorOver(redis, stores, {
      log,
      startEngine: async () => ({
        ...atOnce,
        label: async (images) => {
          await gate();
          return images.map((_, id) => okResult(id));
        },
        alone: async (...call) => {
          await gate();
          return alone(...call);
        },
      }),
    });
    await held.promise;
    await refusal.begin(connection);
    go.resolve();
    await refused.promise;
    await refusal.end(connection);
    expect(await run.closed()).toMatchObject({ listed: uris.length, ok: uris.length, error: 0 });
    const exact = { lost: 0, duplicated: 0, closed: true, ok: uris.length, errors: {} };
    expect(await checkAccount(join(folder.path, run.info.run.id), uris)).toEqual(exact);
    // An attempt that was spent would be logged so.
    expect(lines.filter((line) => line.includes('chunk failed'))).toEqual([]);
    connection.disconnect();
  },
);

async function jobsOf(redis: Redis, run: string): Promise<string[]> {
  return redis.keys(`labelmill:${bundle.name}:${run}-*-g0`);
}
