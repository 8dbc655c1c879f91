import type { StageTotals } from '../stages/stage-totals.ts';

/**
 * Images/s of one worker while it had chunks, over all workers that committed: images through the network ÷ workers'
 * seconds with work. Null before the first commit.
 */
export function measuredRate({ inferred, wall, queueWait }: StageTotals): number | null {
  const seconds = wall - queueWait;
  return inferred > 0 && seconds > 0 ? inferred / seconds : null;
}
