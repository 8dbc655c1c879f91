import type { ErrorSelector } from '../run/retry.ts';
import { type Run, runSchema } from '../schema/run.ts';

/** A run as workers need it. */
export interface RunInfo {
  readonly run: Run;
  /** URI of the run's folder, ending in `/`. */
  readonly folder: string;
  readonly epoch: string;
  /** The run's newest retry; null where it was never retried. */
  readonly retry: { readonly generation: number; readonly errors: ErrorSelector } | null;
  /** Why no worker should label it now. */
  readonly hold: 'paused' | 'cancelled' | 'complete' | null;
}

/** The fields of a run's hash that `runInfo` reads. */
export const infoFields = ['run', 'folder', 'epoch', 'retry', 'hold'] as const;

/** @param values of `infoFields`, in order @returns null where the ledger has no such run */
export function runInfo([json, folder, epoch, retry, hold]: readonly (string | null)[]): RunInfo | null {
  if (json == null || folder == null || epoch == null) return null;
  return {
    run: runSchema.parse(JSON.parse(json)),
    folder,
    epoch,
    retry: retry ? JSON.parse(retry) : null,
    hold: (hold || null) as RunInfo['hold'],
  };
}
