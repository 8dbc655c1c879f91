/** Redis is killed and comes back: how much time is lost beyond the outage itself? */
import { setTimeout as delay } from 'node:timers/promises';
import { EndlessRun } from './endless-run.ts';

export interface RedisOutage {
  /** From its first answer until another chunk was counted. */
  readonly firstCommitSeconds: number;
  /** What the images of the time after it would have taken less at the rate of the time before. */
  readonly costSeconds: number;
  readonly imagesPerSecond: number;
}

const chunkSize = 32;
const rateSeconds = 20;

export async function redisOutage(outageSeconds: number): Promise<RedisOutage> {
  process.stderr.write(`Redis is away for ${outageSeconds} s\n`);
  await using run = await EndlessRun.start(chunkSize);
  await run.worker();
  await run.reaches(20 * chunkSize);
  const [began, first] = [performance.now(), await run.images()];
  await delay(rateSeconds * 1000);
  const before = await run.images();
  const imagesPerSecond = ((before - first) * 1000) / (performance.now() - began);
  await run.redis.kill();
  await delay(outageSeconds * 1000);
  await run.redis.restart();
  const back = performance.now();
  const seconds = () => (performance.now() - back) / 1000;
  await run.reaches((await run.images()) + 1);
  const firstCommitSeconds = seconds();
  await run.reaches(before + rateSeconds * imagesPerSecond);
  const costSeconds = seconds() - ((await run.images()) - before) / imagesPerSecond;
  return { firstCommitSeconds, costSeconds, imagesPerSecond };
}
