import pMap from 'p-map';
import { crashPoint } from '../crash-point.ts';
import { UsageError } from '../errors.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { decodePart } from './part.ts';
import { type ErrorSelector, isSelected, type RetryPlan, readRetries } from './retry.ts';
import { encodeJson, readRun, requireComplete } from './run-files.ts';
import { partSeq, runFolder } from './run-folder.ts';

/** Parts read at once: enough to hide an S3 round trip. */
const readsAtOnce = 16;

/**
 * Opens a closed run again for its error records. `_SUCCESS` and the summary go before the plan is written: a death
 * in between leaves a run that `resume` closes again as it was.
 * @param onProgress called with the number of parts looked through so far, and of all
 * @returns the plan, or null where no error record is meant by `errors`: nothing was changed then
 * @throws UsageError `not_a_run` · `not_complete` · `retry_under_way`
 */
export async function beginRetry(
  store: ObjectStore,
  folder: string,
  errors: ErrorSelector,
  onProgress: (done: number, all: number) => void = () => {},
): Promise<RetryPlan | null> {
  const run = await readRun(store, folder);
  await requireComplete(store, folder, ', then retry');
  const parts: { readonly uri: string; readonly seq: number }[] = [];
  for await (const { uri } of store.list(runFolder.labelsFolder(folder))) {
    const seq = partSeq(uri, run);
    if (seq !== null) parts.push({ uri, seq });
  }
  const chunks: number[] = [];
  let [images, read] = [0, 0];
  await pMap(
    parts,
    async ({ uri, seq }) => {
      const records = await decodePart((await store.read(uri)).body, uri);
      const selected = records.filter((record) => isSelected(record, errors));
      images += selected.length;
      if (selected.length > 0) chunks.push(seq);
      onProgress(++read, parts.length);
    },
    { concurrency: readsAtOnce },
  );
  if (images === 0) return null;
  const generation = ((await readRetries(store, folder, run)).plan?.generation ?? 0) + 1;
  chunks.sort((a, b) => a - b);
  const plan: RetryPlan = { generation, errors, images, chunks, created: new Date().toISOString() };
  await store.remove(runFolder.success(folder));
  crashPoint('success-removed');
  await store.remove(runFolder.summary(folder));
  crashPoint('summary-removed');
  const uri = runFolder.retryPlan(folder, generation);
  if ((await store.create(uri, encodeJson(plan))) === 'exists') {
    throw new UsageError('retry_under_way', `another retry of ${folder} has just begun`);
  }
  crashPoint('retry-planned');
  return plan;
}
