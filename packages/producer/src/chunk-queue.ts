import type { RunInfo } from '@labelmill/shared/ledger/run-info';
import { closedInTime } from '@labelmill/shared/redis/closed-in-time';
import { redisOptions } from '@labelmill/shared/redis/connection';
import { chunkJobOptions, keyPrefix } from '@labelmill/shared/redis/queue';
import { redisError } from '@labelmill/shared/redis/redis-error';
import { chunkJobId, packChunk } from '@labelmill/shared/schema/chunk-job';
import { Queue } from 'bullmq';

/** A chunk to be enqueued. */
export interface Chunk {
  readonly seq: number;
  /** Index of its first image. */
  readonly first: number;
  readonly uris: readonly string[];
}

/**
 * Jobs in one pipeline: with 256 URIs each, a quarter of a megabyte, which the garbage collector still takes as young.
 * It is no transaction, but a job that is there already is left alone, so it can be repeated.
 */
export const jobsAtOnce = 16;

/** The producer's end of a bundle's queue. */
export class ChunkQueue implements AsyncDisposable {
  readonly #queue: Queue;

  constructor(bundleName: string, redisUrl: string) {
    this.#queue = new Queue(bundleName, { connection: redisOptions(redisUrl), prefix: keyPrefix });
    this.#queue.on('error', () => {
      // The connection comes back by itself; calls made meanwhile wait for it.
    });
  }

  /**
   * Adds the chunks; one that is already queued or in work is left as it is.
   * @throws OutageError `redis_full`; some of them may have been added
   */
  async add(info: RunInfo, chunks: readonly Chunk[]): Promise<void> {
    const generation = info.retry?.generation ?? 0;
    for (let at = 0; at < chunks.length; at += jobsAtOnce) {
      const jobs = chunks.slice(at, at + jobsAtOnce).map((chunk) => ({
        name: 'chunk',
        data: packChunk(info.run.id, generation, chunk.seq, chunk.first, chunk.uris),
        opts: { ...chunkJobOptions, jobId: chunkJobId(info.run.id, chunk.seq, generation) },
      }));
      await this.#queue.addBulk(jobs).catch((error: unknown) => {
        throw redisError(error);
      });
    }
  }

  /** Adds one chunk again even if an earlier job of it failed for good and is kept. */
  async revive(info: RunInfo, chunk: Chunk): Promise<void> {
    const id = chunkJobId(info.run.id, chunk.seq, info.retry?.generation ?? 0);
    const job = await this.#queue.getJob(id);
    if (job !== undefined && (await job.isFailed())) await job.remove();
    await this.add(info, [chunk]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closedInTime(this.#queue.close());
  }
}
