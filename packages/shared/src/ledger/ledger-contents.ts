import type { PartCounts } from '../run/part.ts';
import type { Run } from '../schema/run.ts';
import { errorField } from './account.ts';
import type { RunInfo } from './run-info.ts';

/** What a ledger is made from: the account as found in the run's folder. */
export interface LedgerContents {
  readonly run: Run;
  readonly folder: string;
  readonly listed: boolean;
  readonly segments: number;
  readonly chunks: number;
  readonly images: number;
  readonly carried?: number;
  /** Chunks whose part is there. */
  readonly done: Iterable<number>;
  readonly counts: PartCounts;
  readonly retry: RunInfo['retry'];
  /** The run pauses above this share of error records; 1: never. */
  readonly maxErrorRate: number;
}

/** A run's hash as it begins. @param doneChunks how many `contents.done` are */
export function firstFields(
  contents: LedgerContents,
  epoch: string,
  doneChunks: number,
): Record<string, string | number> {
  const { run, counts, retry } = contents;
  const errors = Object.entries(counts.errors).map(([code, count]) => [errorField(code), count]);
  return {
    epoch,
    run: JSON.stringify(run),
    folder: contents.folder,
    hold: '',
    listed: contents.listed ? 1 : 0,
    segments: contents.segments,
    chunks: contents.chunks,
    images: contents.images,
    carried: contents.carried ?? 0,
    done: doneChunks,
    ok: counts.ok,
    error: counts.error,
    duplicates: 0,
    maxErrorRate: contents.maxErrorRate,
    retry: retry === null ? '' : JSON.stringify(retry),
    ...Object.fromEntries(errors),
  };
}
