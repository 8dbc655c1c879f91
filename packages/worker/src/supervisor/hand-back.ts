import { crashPoint } from '@labelmill/shared/crash-point';
import { DelayedError, type Job, WaitingError } from 'bullmq';
import type { ChunkEnd } from './work-tally.ts';

/** A chunk that met an outage, a pause or another digest comes back after this long. */
const handBackDelayMs = 5_000;

/**
 * Gives a chunk back to its queue without spending an attempt: for a drain to the queue's head, otherwise a while later.
 * @throws what tells BullMQ that it did, always
 */
export async function handBack(job: Job, token: string | undefined, end: ChunkEnd): Promise<never> {
  if (end === 'draining') {
    await job.moveToWait(token);
    crashPoint('handed-back');
    throw new WaitingError();
  }
  // Jitter: chunks that met the same outage do not come back in step.
  await job.moveToDelayed(Date.now() + handBackDelayMs * (0.5 + Math.random()), token);
  throw new DelayedError();
}
