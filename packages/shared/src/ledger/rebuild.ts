import { crashPoint } from '../crash-point.ts';
import { LabelmillError } from '../errors.ts';
import { recount } from '../run/recount.ts';
import { readRetries, showLatest } from '../run/retry.ts';
import { readRun } from '../run/run-files.ts';
import { runFolder } from '../run/run-folder.ts';
import { newEpoch } from '../run/run-id.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { Ledger } from './ledger.ts';
import type { RunInfo } from './run-info.ts';

/**
 * Enters a run into the ledger from its folder, under a new epoch: commits of workers that believe in an older one are
 * refused from then on, and those workers commit again. Parts that are damaged are errors here, never counted.
 * @param maxErrorRate in place of what the run was begun with
 * @throws UsageError `not_a_run` · LabelmillError `damaged_run` naming the first difference
 */
export async function rebuildLedger(
  ledger: Ledger,
  store: ObjectStore,
  folder: string,
  maxErrorRate?: number,
): Promise<RunInfo> {
  const run = await readRun(store, folder);
  await showLatest(store, folder, run, await readRetries(store, folder, run));
  const found = await recount(store, folder, run);
  const damage = found.differences[0];
  if (damage !== undefined) {
    throw new LabelmillError(
      'damaged_run',
      `${damage.message}; "labelmill verify ${folder}" lists every difference`,
    );
  }
  const { plan } = found.retries;
  const retry = plan === null ? null : { generation: plan.generation, errors: plan.errors };
  const epoch = newEpoch();
  await ledger.rebuild(
    {
      run,
      folder,
      listed: found.listed !== null,
      segments: found.segments,
      chunks: found.chunks,
      images: found.images,
      carried: found.listed?.carried ?? 0,
      done: found.done,
      counts: found.counts,
      retry,
      maxErrorRate: maxErrorRate ?? run.maxErrorRate,
    },
    epoch,
  );
  crashPoint('epoch-published');
  // From here on a finaliser of the old epoch takes back what it does; this one came before.
  if (found.retries.open.size > 0) await store.remove(runFolder.success(folder));
  return { run, folder, epoch, retry, hold: null };
}
