/** Enqueues one manifest, in a bare loop first and then as a user does, with a stand-in that takes every chunk at once. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PrivateRedis } from '@labelmill/cli/local/private-redis';
import { connectRedis } from '@labelmill/shared/redis/connection';
import { runScript } from '../child.ts';
import { forkScript, nextMessage } from '../forked-child.ts';
import { redisFigures } from '../redis-figures.ts';
import { watchLabelmill } from '../watched-command.ts';
import type { Bare } from './bare.ts';
import { writeManifest } from './write-manifest.ts';

export interface Enqueued {
  readonly images: number;
  /** Of the whole command, from its start to its end. */
  readonly imagesPerSecond: number;
  readonly cpuMicroseconds: number;
  readonly producerBytes: number;
  /** The most that Redis held at any time, over what it held before. */
  readonly redisBytes: number;
  readonly bareSegments: number;
  readonly barePush: number;
}

export async function enqueueSize(images: number, work: string): Promise<Enqueued> {
  const manifest = join(work, `${images}.txt`);
  writeManifest(manifest, images);
  await using server = await PrivateRedis.start(join(work, 'redis'));
  const redis = await connectRedis(server.url);
  const bareScript = new URL('./bare.ts', import.meta.url);
  const bare = JSON.parse(await runScript(bareScript, [server.url, manifest, join(work, 'bare')])) as Bare;
  const drain = forkScript(new URL('./drain.ts', import.meta.url), [server.url]);
  await nextMessage(drain);

  const before = await redisFigures(redis);
  const enqueue = watchLabelmill(['enqueue', manifest, '--out', join(work, 'runs'), '--json'], {
    REDIS_URL: server.url,
  });
  let [redisBytes, watching] = [0, true];
  const watch = (async () => {
    while (watching) {
      redisBytes = Math.max(redisBytes, (await redisFigures(redis)).bytes - before.bytes);
      await delay(25);
    }
  })();
  const usage = await enqueue.ended;
  watching = false;
  await watch;
  drain.disconnect();
  redis.disconnect();
  for (const name of [`${images}.txt`, 'bare', 'runs']) rmSync(join(work, name), { recursive: true });
  if (JSON.parse(usage.stdout).images !== images) throw new Error(`not ${images} images: ${usage.stdout}`);
  return {
    images,
    imagesPerSecond: images / usage.seconds,
    cpuMicroseconds: (usage.cpuSeconds * 1e6) / images,
    producerBytes: usage.peakBytes,
    redisBytes,
    bareSegments: images / bare.segmentSeconds,
    barePush: images / bare.pushSeconds,
  };
}
