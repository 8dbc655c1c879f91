import type { Bundle } from '@labelmill/models/bundle-schema';
import { sameRequest, sameSource } from '@labelmill/producer/create-run';
import { UsageError } from '@labelmill/shared/errors';
import { isComplete, readRun } from '@labelmill/shared/run/run-files';
import type { DecodeMode, Emit, Run, SourceSpec } from '@labelmill/shared/schema/run';
import type { ObjectStore } from '@labelmill/shared/store/object-store';
import type { Stores } from '@labelmill/shared/store/stores';

export interface EarlierRuns {
  /** Folder of the newest unfinished run of the same request. */
  readonly unfinished: string | null;
  /** Folder of the newest finished one. */
  readonly finished: string | null;
}

/** Looks through the runs below `output` for those that the same request made. */
export async function findRuns(
  output: string,
  request: { source: SourceSpec; bundle: Bundle; topK: number; emit: readonly Emit[]; decode: DecodeMode },
  stores: Stores,
): Promise<EarlierRuns> {
  const store = stores.for(output);
  let unfinished: string | null = null;
  let finished: string | null = null;
  for (const folder of await runFolders(output, stores)) {
    const run = await readRunIfAny(store, folder);
    if (run === null || !sameRequest(run, request)) continue;
    if (await isComplete(store, folder)) finished = folder;
    else unfinished = folder;
  }
  return { unfinished, finished };
}

/** The newest complete run of a source below `output`, whatever it was labelled with; null where there is none. */
export async function newestComplete(
  output: string,
  source: SourceSpec,
  stores: Stores,
): Promise<{ readonly run: Run; readonly folder: string } | null> {
  const store = stores.for(output);
  for (const folder of (await runFolders(output, stores)).reverse()) {
    const run = await readRunIfAny(store, folder);
    if (run === null || !sameSource(run.source, source)) continue;
    if (await isComplete(store, folder)) return { run, folder };
  }
  return null;
}

/** A folder of something else, or a run.json that was cut short, is no run of ours. */
async function readRunIfAny(store: ObjectStore, folder: string): Promise<Run | null> {
  return readRun(store, folder).catch((error: unknown) => {
    if (error instanceof UsageError || (error as { code?: string }).code === 'broken_run') return null;
    throw error;
  });
}

/** Folders of runs below `output`, oldest first: ids sort by time. None where there is no such folder yet. */
async function runFolders(output: string, stores: Stores): Promise<string[]> {
  const folders: string[] = [];
  let after: string | undefined;
  for (;;) {
    const first = await firstBelow(output, after, stores);
    if (first === null) return folders;
    const path = first.slice(output.length);
    const slash = path.indexOf('/');
    if (slash >= 0) folders.push(output + path.slice(0, slash + 1));
    // '0' is the byte behind '/': everything in that folder is passed over without listing it.
    after = slash >= 0 ? `${output}${path.slice(0, slash)}0` : first;
  }
}

async function firstBelow(output: string, after: string | undefined, stores: Stores): Promise<string | null> {
  try {
    for await (const { uri } of stores.for(output).list(output, after === undefined ? {} : { after }))
      return uri;
  } catch (error) {
    if (!(error instanceof UsageError && error.code === 'source_unreadable')) throw error;
  }
  return null;
}
