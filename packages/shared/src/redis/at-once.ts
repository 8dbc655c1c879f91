import { setTimeout as delay } from 'node:timers/promises';

const answerWithinMs = 1_000;

/** What Redis answers at once, within a second; null where it does not: a command to one that is away waits for it. */
export function atOnce<T>(answer: Promise<T>): Promise<T | null> {
  return Promise.race([answer.catch(() => null), delay(answerWithinMs, null, { ref: false })]);
}
