import { UsageError } from '@labelmill/shared/errors';
import type { Account } from '@labelmill/shared/ledger/account';
import type { Ledger } from '@labelmill/shared/ledger/ledger';
import { type Bottleneck, bottleneck, precisionOf } from '@labelmill/shared/stages/bottleneck';
import { table } from '../terminal/format.ts';
import type { CommandContext } from './context.ts';
import { watch } from './watch.ts';
import { withLedger } from './with-ledger.ts';

/** `labelmill status [RUN]`: what the ledger says of one run, or of all it knows, and what limits those in work. */
export async function status(
  run: string | undefined,
  options: { redis?: string; json?: boolean; watch?: boolean },
  context: CommandContext,
): Promise<void> {
  await withLedger(options, context, async (ledger) => {
    if (options.watch) return watch(run, ledger, context);
    const found = run === undefined ? await allAccounts(ledger) : [await accountOf(ledger, run)];
    const accounts = found.map((account) => ({ ...account, bottleneck: limitOf(account) }));
    if (options.json) {
      context.console.out(JSON.stringify(run === undefined ? accounts : accounts[0]));
      return;
    }
    if (accounts.length === 0) {
      context.console.out('no runs');
      return;
    }
    const rows = accounts.map(({ id, state, why, images, ok, error, folder }) => {
      const share = images === 0 ? '' : `${Math.floor((100 * (ok + error)) / images)} %`;
      return [
        id,
        why === null ? state : `${state} (${why})`,
        `${ok + error}/${images}`,
        share,
        String(error),
        folder,
      ];
    });
    for (const line of table([['run', 'state', 'images', 'done', 'errors', 'folder'], ...rows]))
      context.console.out(line);
    for (const { id, state, bottleneck: limit } of accounts) {
      if (limit === null) continue;
      if (run !== undefined) context.console.out(limit.line);
      else if (state === 'listing' || state === 'running') context.console.out(`${id}: ${limit.line}`);
    }
  });
}

export type RunAccount = Account & { readonly id: string; readonly folder: string; readonly bundle: string };

export function limitOf({ stages, bundle }: RunAccount): Bottleneck | null {
  return bottleneck(stages, precisionOf(bundle));
}

/** @throws UsageError `unknown_run` */
export async function accountOf(ledger: Ledger, run: string): Promise<RunAccount> {
  const [account, info] = await Promise.all([ledger.account(run), ledger.info(run)]);
  if (account === null || info === null) {
    throw new UsageError(
      'unknown_run',
      `this Redis knows no run ${run}: "labelmill status" lists them, "labelmill resume <folder>" brings one back`,
    );
  }
  return { id: run, folder: info.folder, bundle: info.run.bundle.name, ...account };
}

async function allAccounts(ledger: Ledger): Promise<RunAccount[]> {
  const accounts: RunAccount[] = [];
  for (const run of await ledger.runs()) accounts.push(await accountOf(ledger, run));
  return accounts;
}
