/** For a look through folders that may hold runs. */
import { codeOf, UsageError } from '../errors.ts';
import type { Run } from '../schema/run.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { readRun } from './run-files.ts';

/** Null for a folder of something else, and for a run.json that was cut short: no run of ours. */
export async function readRunIfAny(store: ObjectStore, folder: string): Promise<Run | null> {
  return readRun(store, folder).catch((error: unknown) => {
    if (error instanceof UsageError || codeOf(error) === 'broken_run') return null;
    throw error;
  });
}
