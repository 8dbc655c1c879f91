import type { RunState } from '@labelmill/shared/ledger/account';
import type { Schedule } from './schedule.ts';

/** A job that is carried out later than this was missed: nothing was there to carry it out. */
export const lateAfterMs = 60_000;

export interface Due {
  /** When the schedule was due, and when that is looked at: milliseconds since 1970. */
  readonly at: number;
  readonly now: number;
  /** Asked for by hand: only the run before can keep it back. */
  readonly manual: boolean;
  /** Of the schedule's run before; null where there is none, or Redis knows it no more. */
  readonly before: RunState | null;
}

/** Why a schedule that is due is left out, or null where its run is to begin. */
export function whyLeftOut(
  { paused, overlap, missed }: Pick<Schedule, 'paused' | 'overlap' | 'missed'>,
  { at, now, manual, before }: Due,
): 'paused' | 'missed' | 'overlap' | null {
  if (paused && !manual) return 'paused';
  if (missed === 'skip' && !manual && now - at > lateAfterMs) return 'missed';
  const ended = before === null || before === 'complete' || before === 'cancelled';
  return overlap === 'skip' && !ended ? 'overlap' : null;
}
