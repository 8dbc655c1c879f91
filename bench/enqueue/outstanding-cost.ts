import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PrivateRedis } from '@labelmill/cli/local/private-redis';
import { connectRedis } from '@labelmill/shared/redis/connection';
import { redisFigures } from '../redis-figures.ts';
import { watchLabelmill } from '../watched-command.ts';
import { imagesPerChunk, mostChunks } from './chunk-size.ts';
import { writeManifest } from './write-manifest.ts';

const waiting = 'labelmill:vgg-mini-fp32:wait';

export interface OutstandingCost {
  /** Everything in Redis counted. */
  readonly bytesPerImage: number;
  /** What Redis spends on enqueueing a chunk. */
  readonly redisMicrosecondsPerChunk: number;
  readonly redisCommandsPerChunk: number;
}

/** With nobody taking chunks, the producer stops at its bound: so much more Redis holds then, and has spent. */
export async function outstandingCost(work: string): Promise<OutstandingCost> {
  const manifest = join(work, 'bound.txt');
  writeManifest(manifest, (mostChunks + 50) * imagesPerChunk);
  await using server = await PrivateRedis.start(join(work, 'redis'));
  const redis = await connectRedis(server.url);
  const before = await redisFigures(redis);
  const producer = watchLabelmill(['enqueue', manifest, '--out', join(work, 'bound')], {
    REDIS_URL: server.url,
  });
  while ((await redis.llen(waiting)) < mostChunks) await delay(20);
  const after = await redisFigures(redis);
  // Long enough that a producer that does not stop would be seen.
  await delay(1000);
  const outstanding = (await redis.llen(waiting)) * imagesPerChunk;
  const full = await redisFigures(redis);
  producer.child.kill('SIGKILL');
  redis.disconnect();
  if (outstanding !== mostChunks * imagesPerChunk) throw new Error(`${outstanding} images are outstanding`);
  return {
    bytesPerImage: (full.bytes - before.bytes) / outstanding,
    redisMicrosecondsPerChunk: ((after.cpuSeconds - before.cpuSeconds) * 1e6) / mostChunks,
    redisCommandsPerChunk: (after.commands - before.commands) / mostChunks,
  };
}
