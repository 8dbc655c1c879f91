import type { Redis } from 'ioredis';
import { atOnce } from './at-once.ts';
import { keyPrefix } from './queue.ts';

/** Jobs on a queue: the chunks of a bundle's, or the schedules that are due. */
export interface QueueDepth {
  /** Nobody has taken them. */
  readonly waiting: number;
  /** Processes hold them. */
  readonly active: number;
  /** Due after a while: a chunk that was handed back, a schedule's next time. */
  readonly delayed: number;
  readonly paused: boolean;
}

/** @returns null where Redis does not answer at once */
export async function readQueue(redis: Redis, name: string): Promise<QueueDepth | null> {
  const queue = `${keyPrefix}:${name}`;
  const read = Promise.all([
    redis.llen(`${queue}:wait`),
    redis.llen(`${queue}:active`),
    redis.zcard(`${queue}:delayed`),
    redis.hexists(`${queue}:meta`, 'paused'),
  ]);
  const found = await atOnce(read);
  if (found === null) return null;
  const [waiting, active, delayed, paused] = found;
  return { waiting, active, delayed, paused: paused === 1 };
}
