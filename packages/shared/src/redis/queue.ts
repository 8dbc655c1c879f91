/** BullMQ settings that must be the same in every process (measured; see ARCHITECTURE.md). */
import type { JobsOptions } from 'bullmq';

/** Start of every key of the queues; the ledger's keys start with it too, so one ACL pattern covers both. */
export const keyPrefix = 'labelmill';

export const queueTiming = {
  /**
   * A killed worker's chunk is back in work after at most lock + stalled interval. Held locks are renewed every 5 s. A
   * look at the queue costs one script, whoever of the workers has it in that interval; the others' ask one key.
   */
  lockDuration: 10_000,
  stalledInterval: 2_000,
  /** Seconds that an idle worker waits in one blocking call. */
  drainDelay: 5,
  /** BullMQ fails a job *before* calling us when it stalled too often; that must never happen. */
  maxStalledCount: 1_000_000_000,
} as const;

/** Attempts are spent only on failures that no rule covers; outages and drains hand a chunk back without one. */
export const chunkAttempts = 5;

export const chunkJobOptions = {
  attempts: chunkAttempts,
  backoff: { type: 'exponential', delay: 2000, jitter: 0.5 },
  removeOnComplete: true,
  removeOnFail: { age: 604_800, count: 100_000 },
} satisfies JobsOptions;
