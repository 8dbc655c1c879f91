import type { ChunkJob } from '@labelmill/shared/schema/chunk-job';
import type { Run } from '@labelmill/shared/schema/run';

/**
 * Is this a chunk that the run's producer would have made? A job is only a message: another program's bug, or whoever
 * may write to the queue, must not add parts that the manifest knows nothing of, nor have them counted.
 * @param chunks that the ledger counts in the run so far; a chunk is counted before it is enqueued
 */
export function isChunkOf(job: ChunkJob, { chunkSize }: Pick<Run, 'chunkSize'>, chunks: number): boolean {
  return job.seq < chunks && job.first === job.seq * chunkSize && job.rest.length <= chunkSize;
}
