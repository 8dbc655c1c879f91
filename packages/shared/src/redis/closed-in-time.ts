import { setTimeout as delay } from 'node:timers/promises';

/** A Redis that answers closes a queue at once. */
const closeWithinMs = 3_000;

/**
 * Waits until a queue, or who takes from it, is closed. A client that is between two attempts to connect never says that
 * it is: then nobody waits for it.
 * @returns was it closed in time?
 */
export async function closedInTime(closed: Promise<void>, withinMs = closeWithinMs): Promise<boolean> {
  const waiting = new AbortController();
  const late = delay(withinMs, false, { signal: waiting.signal });
  try {
    return await Promise.race([closed.then(() => true), late]);
  } finally {
    waiting.abort();
  }
}
