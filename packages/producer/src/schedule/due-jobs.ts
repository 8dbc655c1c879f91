import { atOnce } from '@labelmill/shared/redis/at-once';
import { keyPrefix } from '@labelmill/shared/redis/queue';
import { readQueue } from '@labelmill/shared/redis/read-queue';
import type { Redis } from 'ioredis';
import { controlQueue } from './control-queue.ts';

export interface DueJobs {
  /** Schedules that are due and that nobody has taken. */
  readonly waiting: number;
  readonly paused: boolean;
}

/** @returns null where Redis does not answer at once */
export async function readDueJobs(redis: Redis): Promise<DueJobs | null> {
  const [queue, overdue] = await Promise.all([readQueue(redis, controlQueue), atOnce(overdueJobs(redis))]);
  if (queue === null || overdue === null) return null;
  return { waiting: queue.waiting + overdue, paused: queue.paused };
}

/** Jobs that are due and still delayed: whoever takes jobs moves them to waiting first. Their scores are ms × 4096. */
async function overdueJobs(redis: Redis): Promise<number> {
  const due = await redis.zrangebyscore(`${keyPrefix}:${controlQueue}:delayed`, 0, Date.now() * 0x1000);
  return due.length;
}
