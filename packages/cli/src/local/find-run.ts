import { sameRequest } from '@labelmill/producer/create-run';
import { isComplete } from '@labelmill/shared/run/run-files';
import { readRunIfAny } from '@labelmill/shared/run/run-if-any';
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
  request: Parameters<typeof sameRequest>[1],
  stores: Stores,
): Promise<EarlierRuns> {
  const store = stores.for(output);
  let unfinished: string | null = null;
  let finished: string | null = null;
  for (const folder of await store.folders(output)) {
    const run = await readRunIfAny(store, folder);
    if (run === null || !sameRequest(run, request)) continue;
    if (await isComplete(store, folder)) finished = folder;
    else unfinished = folder;
  }
  return { unfinished, finished };
}
