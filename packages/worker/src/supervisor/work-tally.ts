/** What a worker has done since it started, in plain numbers: counting costs nothing, reading them makes no difference. */
import type { ImageResult } from '../engine/protocol.ts';

/**
 * How a worker's hold on a chunk ended. `done`: counted, now or by another · `failed`: by no rule, an attempt is spent ·
 * all others: back to the queue without one.
 */
export const chunkEnds = [
  'done',
  'failed',
  'outage',
  'draining',
  'lock_lost',
  'paused',
  'other_digest',
  'no_features',
] as const;
export type ChunkEnd = (typeof chunkEnds)[number];

export class WorkTally {
  /** Images that ended in the engine, here and not in the account: a chunk that goes back has its images again. */
  readonly images = { ok: 0, error: 0, outage: 0 };
  /** Of `images.error`, by code. */
  readonly errors: Record<string, number> = {};
  readonly chunks = Object.fromEntries(chunkEnds.map((end) => [end, 0])) as Record<ChunkEnd, number>;
  engineStarts = 0;

  image(result: ImageResult): void {
    this.images[result.status]++;
    if (result.status === 'error') this.errors[result.code] = (this.errors[result.code] ?? 0) + 1;
  }

  chunk(end: ChunkEnd): void {
    this.chunks[end]++;
  }
}
