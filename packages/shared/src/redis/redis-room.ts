/** A Redis that comes near its `maxmemory` gets no new chunks. */
import type { Redis } from 'ioredis';
import { OutageError } from '../errors.ts';

/** What workers write to finish their chunks needs room: above this share of it Redis gets no new ones. */
const mostUsedShare = 0.8;

/**
 * @throws OutageError `redis_full` when Redis has little room left below its `maxmemory`
 */
export async function requireRoom(redis: Redis): Promise<void> {
  const memory = await redis.info('memory');
  const [used, most] = [numberIn(memory, 'used_memory'), numberIn(memory, 'maxmemory')];
  if (most === 0 || used <= mostUsedShare * most) return;
  throw new OutageError(
    'redis_full',
    `Redis has used ${megabytes(used)} of its maxmemory, ${megabytes(most)}: no more chunks are enqueued until workers have done some`,
  );
}

function numberIn(info: string, name: string): number {
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MB`;
}
