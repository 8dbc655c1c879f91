/** All records of a closed run in the order of their URIs, the carried ones among them. */
import { LabelmillError } from '@labelmill/shared/errors';
import { carriedRecords } from '@labelmill/shared/run/carried-records';
import { readRetries } from '@labelmill/shared/run/retry';
import { completeSummary, readRun } from '@labelmill/shared/run/run-files';
import { runRecords } from '@labelmill/shared/run/run-records';
import type { LabelRecord } from '@labelmill/shared/schema/record';
import type { Stores } from '@labelmill/shared/store/stores';
import { merged } from './merged.ts';
import { inOrder, listsInOrder } from './sorted.ts';

const batchRecords = 1024;

/**
 * In batches. A run whose own order was another one is sorted in files below `scratch`.
 * @throws UsageError `not_a_run` · `not_complete`; LabelmillError `broken_part` · `missing_carried`
 */
export async function* recordsInOrder(
  stores: Stores,
  folder: string,
  scratch: string,
): AsyncGenerator<readonly LabelRecord[]> {
  const store = stores.for(folder);
  const run = await readRun(store, folder);
  const summary = await completeSummary(store, folder);
  const listed = summary.ok + summary.error;
  const retries = await readRetries(store, folder, run);
  const own = recordsOf(runRecords(store, folder, { run, listed, retries }));
  if (run.against !== undefined) yield* merged(own, carried(stores, folder));
  else if (listsInOrder(run.source)) yield* own;
  else yield* inOrder(own, scratch);
}

async function* recordsOf(
  chunks: AsyncIterable<{ readonly records: readonly LabelRecord[] }>,
): AsyncGenerator<readonly LabelRecord[]> {
  for await (const { records } of chunks) yield records;
}

async function* carried(stores: Stores, folder: string): AsyncGenerator<readonly LabelRecord[]> {
  let batch: LabelRecord[] = [];
  for await (const { image, record } of carriedRecords(stores, folder)) {
    if (record === null) {
      const message = `run ${image.run} does not hold the record of ${image.uri}, which ${folder} carries from it`;
      throw new LabelmillError('missing_carried', message);
    }
    batch.push(record);
    if (batch.length < batchRecords) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}
