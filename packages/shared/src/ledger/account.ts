import type { StageTotals } from '../stages/stage-totals.ts';
import { stagesOf } from './stage-fields.ts';

export type RunState = 'listing' | 'running' | 'paused' | 'cancelled' | 'complete';

/** What the ledger says of a run. */
export interface Account {
  readonly state: RunState;
  /** Why a run paused by itself; null where someone paused it. */
  readonly why: 'error_rate' | null;
  /** See `LedgerContents`. */
  readonly maxErrorRate: number;
  readonly epoch: string;
  /** Has the listing ended, so that `images` and `chunks` are final? */
  readonly listed: boolean;
  readonly segments: number;
  readonly chunks: number;
  /** To be labelled by this run. */
  readonly images: number;
  /** Whose record another run holds; known when the listing has ended. */
  readonly carried: number;
  readonly doneChunks: number;
  readonly ok: number;
  readonly error: number;
  readonly errors: Readonly<Record<string, number>>;
  /** Commits that came a second time and were not counted. */
  readonly duplicates: number;
  /** Since the ledger was made: a ledger that is rebuilt begins at 0. */
  readonly stages: StageTotals;
}

const errorPrefix = 'error:';

/** The field of a run's hash that counts the error records of a code. */
export const errorField = (code: string) => errorPrefix + code;

/** @param fields a run's whole hash @returns null where the ledger has no such run */
export function accountOf(fields: Readonly<Record<string, string>>): Account | null {
  if (fields.epoch === undefined) return null;
  const number = (name: string) => Number(fields[name] ?? 0);
  const errors: Record<string, number> = {};
  for (const name of Object.keys(fields)) {
    if (name.startsWith(errorPrefix)) errors[name.slice(errorPrefix.length)] = number(name);
  }
  const listed = fields.listed === '1';
  return {
    state: (fields.hold || (listed ? 'running' : 'listing')) as RunState,
    why: (fields.why || null) as Account['why'],
    maxErrorRate: number('maxErrorRate'),
    epoch: fields.epoch,
    listed,
    segments: number('segments'),
    chunks: number('chunks'),
    images: number('images'),
    carried: number('carried'),
    doneChunks: number('done'),
    ok: number('ok'),
    error: number('error'),
    errors,
    duplicates: number('duplicates'),
    stages: stagesOf(fields),
  };
}
