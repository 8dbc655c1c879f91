import { setTimeout as delay } from 'node:timers/promises';
import { keyPrefix } from '@labelmill/shared/redis/queue';
import type { Redis } from 'ioredis';

const answerWithinMs = 1_000;

/** How many chunks of a queue nobody has taken, and whether it is paused; null where Redis does not answer at once. */
export async function readQueue(
  redis: Redis,
  name: string,
): Promise<{ waiting: number; paused: boolean } | null> {
  const queue = `${keyPrefix}:${name}`;
  const read = Promise.all([redis.llen(`${queue}:wait`), redis.hexists(`${queue}:meta`, 'paused')]);
  const found = await Promise.race([read.catch(() => null), delay(answerWithinMs, null, { ref: false })]);
  return found === null ? null : { waiting: found[0], paused: found[1] === 1 };
}
