/**
 * Is a process that takes jobs from a queue stuck: is there work that it could take and does not? Everything that excuses
 * it counts as not stuck: a restart would help with none of it, and would cost what the process has in work.
 */

/** What a worker or a producer knows of itself and its queue. */
export interface WorkFacts {
  readonly redisAnswers: boolean;
  /** Jobs on the queue that nobody has taken. */
  readonly waiting: number;
  readonly queuePaused: boolean;
  /** Jobs it could hold beside those that it holds. */
  readonly freeSlots: number;
  /** An outage of its surroundings keeps it from taking jobs. */
  readonly outage: boolean;
  readonly draining: boolean;
  /** Jobs it has taken since it started. */
  readonly taken: number;
}

/** Since when it could have taken a job, and how many it had taken then. */
export interface Idle {
  readonly sinceMs: number;
  readonly taken: number;
}

/** @returns since when it has taken nothing although it could, as far as the looks tell; null where it has, or could not */
export function idleSince(before: Idle | null, facts: WorkFacts, nowMs: number): Idle | null {
  const could =
    facts.redisAnswers &&
    facts.waiting > 0 &&
    !facts.queuePaused &&
    facts.freeSlots > 0 &&
    !facts.outage &&
    !facts.draining;
  if (!could) return null;
  return before?.taken === facts.taken ? before : { sinceMs: nowMs, taken: facts.taken };
}
