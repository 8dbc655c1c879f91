import { setTimeout as delay } from 'node:timers/promises';
import { UsageError } from '@labelmill/shared/errors';
import type { Ledger } from '@labelmill/shared/ledger/ledger';
import { readRun } from '@labelmill/shared/run/run-files';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { LabelSample } from '../local/label-sample.ts';
import { Progress } from '../terminal/progress.ts';
import type { CommandContext } from './context.ts';
import { progressOf } from './produce-to-end.ts';
import { accountOf, limitOf, type RunAccount } from './status.ts';

const pollMs = 1000;

/** `labelmill status --watch [RUN]`: draws a run until it ends; without a name, the newest that is under way. */
export async function watch(
  run: string | undefined,
  ledger: Ledger,
  { console, settings, stop }: CommandContext,
): Promise<void> {
  let account = run === undefined ? await newestUnderWay(ledger) : await accountOf(ledger, run);
  const { id, folder } = account;
  console.note(`${id}: ${folder}`);
  await using stores = openOperatorStores(settings.stores);
  const sample = new LabelSample(stores.for(folder), folder, await readRun(stores.for(folder), folder));
  using progress = new Progress(
    console,
    () => progressOf(account),
    () => ({ errors: account.errors, limit: limitOf(account)?.line ?? null, labels: sample.labels }),
  );
  while (isUnderWay(account) && !stop.aborted) {
    await sample.look(account.doneChunks);
    await delay(pollMs, undefined, { signal: stop }).catch(() => {});
    account = await accountOf(ledger, id);
  }
  progress[Symbol.dispose]();
  const { state, why, ok, error } = account;
  console.out(`${id}: ${state}${why === null ? '' : ` (${why})`}, ${ok} ok, ${error} errors`);
}

function isUnderWay({ state }: RunAccount): boolean {
  return state === 'listing' || state === 'running';
}

async function newestUnderWay(ledger: Ledger): Promise<RunAccount> {
  for (const run of (await ledger.runs()).toReversed()) {
    const account = await accountOf(ledger, run);
    if (isUnderWay(account)) return account;
  }
  throw new UsageError('nothing_under_way', 'no run is under way: "labelmill status" lists those that were');
}
