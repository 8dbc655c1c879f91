import type { Redis } from 'ioredis';
import { redisError } from '../redis/redis-error.ts';
import { suspectsKey } from './run-keys.ts';

/**
 * Notes on images that go through an engine alone because their chunk keeps stalling: each is written before the image
 * goes in, so that it outlives whatever the image does to the machine. They go when the run closes.
 */
export class SuspectNotes {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /**
   * Notes that the image is about to go in.
   * @returns how often it went in before and no end was noted
   * @throws OutageError `redis_full`
   */
  async begin(run: string, index: number): Promise<number> {
    try {
      return (await this.#redis.hincrby(suspectsKey(run), String(index), 1)) - 1;
    } catch (error) {
      throw redisError(error);
    }
  }

  /** The image did no harm. */
  async end(run: string, index: number): Promise<void> {
    await this.#redis.hdel(suspectsKey(run), String(index));
  }
}
