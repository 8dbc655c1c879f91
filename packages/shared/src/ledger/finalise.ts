import { crashPoint } from '../crash-point.ts';
import { recount } from '../run/recount.ts';
import { encodeJson, readListed } from '../run/run-files.ts';
import { runFolder } from '../run/run-folder.ts';
import type { Summary } from '../schema/run.ts';
import { stageTimes } from '../stages/stage-totals.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { Stores } from '../store/stores.ts';
import type { Account } from './account.ts';
import type { Ledger } from './ledger.ts';
import { rebuildLedger } from './rebuild.ts';
import type { RunInfo } from './run-info.ts';

/**
 * Closes the account of a run if there is nothing left to count: `summary.json`, then `_SUCCESS`, then the ledger.
 * Idempotent, and called after every commit (duplicates included), when a listing ends, and by `resume`: so whoever
 * comes last closes the run, and a death between the steps is mended by the next caller.
 * @returns true when the run is complete
 */
export async function tryFinalise(ledger: Ledger, stores: Stores, runId: string): Promise<boolean> {
  const account = await ledger.account(runId);
  if (account === null) return false;
  if (account.state === 'complete') return true;
  if (account.state === 'cancelled' || !account.listed || account.doneChunks < account.chunks) return false;
  const info = await ledger.info(runId);
  if (info === null || info.epoch !== account.epoch) return false;
  const { run, folder } = info;
  const store = stores.for(folder);
  if (!run.createOnce && !(await isAsCounted(account, info, stores))) {
    await rebuildLedger(ledger, store, folder, account.maxErrorRate);
    return tryFinalise(ledger, stores, runId);
  }
  const quarantined = await ledger.quarantined(runId);
  const { duplicates = 0, carried = 0, removed = 0 } = (await readListed(store, folder)) ?? {};
  const summary: Summary = {
    run: run.id,
    bundle: run.bundle,
    listed: account.images + carried,
    ok: account.ok,
    error: account.error,
    ...(run.against === undefined ? {} : { carried, removed }),
    errors: account.errors,
    ...(quarantined.length > 0 ? { quarantined } : {}),
    chunks: account.chunks,
    retries: info.retry?.generation ?? 0,
    ...(duplicates > 0 ? { duplicates } : {}),
    created: run.created,
    finished: new Date().toISOString(),
    ...(account.stages.wall > 0 ? { stages: stageTimes(account.stages) } : {}),
  };
  if (info.retry === null) {
    // Created once: of several finalisers the first one's finishing time stands; the counts are the same.
    await store.create(runFolder.summary(folder), encodeJson(summary));
  } else {
    // A finaliser that hung since before the retry began may have brought the old summary back.
    await store.replace(runFolder.summary(folder), encodeJson(summary));
  }
  crashPoint('summary-written');
  await store.create(runFolder.success(folder), Buffer.alloc(0));
  crashPoint('success-written');
  if (await ledger.complete(runId, account.epoch)) return true;
  await takeBack(ledger, store, info);
  return tryFinalise(ledger, stores, runId);
}

/**
 * A finaliser that hung until a retry had begun has brought back the `_SUCCESS` that the retry removed: it goes, unless
 * the run is complete again, or no ledger says what it is.
 */
async function takeBack(ledger: Ledger, store: ObjectStore, { run, folder }: RunInfo): Promise<void> {
  const state = async () => (await ledger.account(run.id))?.state ?? 'complete';
  if ((await state()) === 'complete') return;
  await store.remove(runFolder.success(folder));
  // It was completed in between, by who found the file there.
  if ((await state()) === 'complete') await store.create(runFolder.success(folder), Buffer.alloc(0));
}

/**
 * Where the store ignores `If-None-Match`, a worker that looked long ago may overwrite a part after its run was closed.
 * Then the account is taken and closed again; a run that is not closed yet is recounted by `tryFinalise` in any case.
 * For whoever wrote a part that had been counted before.
 */
export async function closeAgain(ledger: Ledger, stores: Stores, runId: string): Promise<void> {
  const [account, info] = [await ledger.account(runId), await ledger.info(runId)];
  if (account?.state !== 'complete' || info === null || (await isAsCounted(account, info, stores))) return;
  const store = stores.for(info.folder);
  await store.remove(runFolder.success(info.folder));
  await store.remove(runFolder.summary(info.folder));
  await rebuildLedger(ledger, store, info.folder, account.maxErrorRate);
  await tryFinalise(ledger, stores, runId);
}

/** Where parts can be overwritten, whoever did it last counts, and not who committed first. */
async function isAsCounted(account: Account, { run, folder }: RunInfo, stores: Stores): Promise<boolean> {
  const { counts, done } = await recount(stores.for(folder), folder, run);
  const codes = new Set([...Object.keys(counts.errors), ...Object.keys(account.errors)]);
  return (
    done.length === account.doneChunks &&
    counts.ok === account.ok &&
    counts.error === account.error &&
    [...codes].every((code) => (counts.errors[code] ?? 0) === (account.errors[code] ?? 0))
  );
}
