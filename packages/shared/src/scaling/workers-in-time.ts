/**
 * How many workers a queue needs so that its runs end when their users wish.
 *
 * Little's law for one run: workers = images left ÷ (images/s of a worker × seconds left). A worker takes chunks as they
 * come, so the needs of several runs add up.
 */

export interface OpenRun {
  /** Images listed so far that have no record yet. */
  readonly imagesLeft: number;
  /** When it should be complete, in ms since 1970; null where nobody said. */
  readonly finishByMs: number | null;
  /** Images/s of one worker; null where none has been measured. */
  readonly imagesPerSecond: number | null;
}

/** A run that is late, or nearly so, is to end in a minute; it would otherwise ask for workers without an end. */
const leastSecondsLeft = 60;

/**
 * @returns workers, not rounded: what an autoscaler multiplies and rounds itself. Null where a run with images left has
 * no wished-for end: then the queue's length counts. A run of which nothing is measured yet asks for one worker, which
 * measures.
 */
export function workersInTime(runs: readonly OpenRun[], nowMs: number): number | null {
  let workers = 0;
  for (const { imagesLeft, finishByMs, imagesPerSecond } of runs) {
    if (imagesLeft <= 0) continue;
    if (finishByMs === null) return null;
    const secondsLeft = Math.max(leastSecondsLeft, (finishByMs - nowMs) / 1000);
    workers += imagesPerSecond === null ? 1 : imagesLeft / (imagesPerSecond * secondsLeft);
  }
  return workers;
}
