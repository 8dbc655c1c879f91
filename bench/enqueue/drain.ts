/** Child process: a stand-in for workers, which counts every chunk as labelled and does nothing with it. usage: REDIS-URL */
import { Ledger } from '@labelmill/shared/ledger/ledger';
import { connectRedis, redisOptions } from '@labelmill/shared/redis/connection';
import { keyPrefix, queueTiming } from '@labelmill/shared/redis/queue';
import type { ChunkJob } from '@labelmill/shared/schema/chunk-job';
import { Worker } from 'bullmq';

const [redisUrl = ''] = process.argv.slice(2);
const redis = await connectRedis(redisUrl);
const ledger = new Ledger(redis);
const worker = new Worker<ChunkJob>(
  'vgg-mini-fp32',
  async ({ data }) => {
    const info = await ledger.info(data.run);
    if (info !== null)
      await ledger.commit(info, data.seq, { ok: data.rest.length, error: 0, errors: {}, quarantined: [] });
  },
  { connection: redisOptions(redisUrl), prefix: keyPrefix, concurrency: 8, ...queueTiming },
);
await worker.waitUntilReady();
process.send?.('ready');
process.once('disconnect', () => process.exit());
