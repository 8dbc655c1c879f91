import type { Redis } from 'ioredis';
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

  /** Notes that the image is about to go in. @returns how often it went in before and no end was noted */
  async begin(run: string, index: number): Promise<number> {
    return (await this.#redis.hincrby(suspectsKey(run), String(index), 1)) - 1;
  }

  /** The image did no harm. */
  async end(run: string, index: number): Promise<void> {
    await this.#redis.hdel(suspectsKey(run), String(index));
  }
}
