/**
 * Is a worker stuck: is there work that it could take and does not? Everything that excuses it counts as not stuck: a
 * restart would help with none of it, and would cost what the worker has in work.
 */
import type { BreakerState } from '../supervisor/breaker.ts';

/** What a supervisor knows of itself and its queue. */
export interface WorkFacts {
  readonly redisAnswers: boolean;
  /** Chunks on the queue that nobody has taken. */
  readonly waiting: number;
  readonly queuePaused: boolean;
  /** Chunks it could hold beside those that it holds. */
  readonly freeSlots: number;
  readonly breaker: BreakerState;
  readonly draining: boolean;
  /** Chunks it has taken since it started. */
  readonly taken: number;
}

/** Since when it could have taken a chunk, and how many it had taken then. */
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
    facts.breaker === 'closed' &&
    !facts.draining;
  if (!could) return null;
  return before?.taken === facts.taken ? before : { sinceMs: nowMs, taken: facts.taken };
}
