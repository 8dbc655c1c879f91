import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { keyPrefix } from './queue.ts';

const answerWithinMs = 1_000;

/** Chunks on a bundle's queue. */
export interface QueueDepth {
  /** Nobody has taken them. */
  readonly waiting: number;
  /** Workers hold them. */
  readonly active: number;
  /** Handed back, and due again after a while. */
  readonly delayed: number;
  readonly paused: boolean;
}

/** @returns null where Redis does not answer at once */
export async function readQueue(redis: Redis, bundle: string): Promise<QueueDepth | null> {
  const queue = `${keyPrefix}:${bundle}`;
  const read = Promise.all([
    redis.llen(`${queue}:wait`),
    redis.llen(`${queue}:active`),
    redis.zcard(`${queue}:delayed`),
    redis.hexists(`${queue}:meta`, 'paused'),
  ]);
  const found = await Promise.race([read.catch(() => null), delay(answerWithinMs, null, { ref: false })]);
  if (found === null) return null;
  const [waiting, active, delayed, paused] = found;
  return { waiting, active, delayed, paused: paused === 1 };
}
