/** The runs that lie below an output folder. */
import { codeOf, UsageError } from '../errors.ts';
import type { Run } from '../schema/run.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { readRun } from './run-files.ts';

/** Folders that may be runs' below `output`, oldest first: ids sort by time. None where there is no such folder yet. */
export async function foldersBelow(output: string, store: ObjectStore): Promise<string[]> {
  const folders: string[] = [];
  let after: string | undefined;
  for (;;) {
    const first = await firstBelow(output, after, store);
    if (first === null) return folders;
    const path = first.slice(output.length);
    const slash = path.indexOf('/');
    if (slash >= 0) folders.push(output + path.slice(0, slash + 1));
    // '0' is the byte behind '/': everything in that folder is passed over without listing it.
    after = slash >= 0 ? `${output}${path.slice(0, slash)}0` : first;
  }
}

/** Null for a folder of something else, and for a run.json that was cut short: no run of ours. */
export async function readRunIfAny(store: ObjectStore, folder: string): Promise<Run | null> {
  return readRun(store, folder).catch((error: unknown) => {
    if (error instanceof UsageError || codeOf(error) === 'broken_run') return null;
    throw error;
  });
}

async function firstBelow(
  output: string,
  after: string | undefined,
  store: ObjectStore,
): Promise<string | null> {
  try {
    for await (const { uri } of store.list(output, after === undefined ? {} : { after })) return uri;
  } catch (error) {
    if (!(error instanceof UsageError && error.code === 'source_unreadable')) throw error;
  }
  return null;
}
