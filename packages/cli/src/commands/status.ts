import { UsageError } from '@labelmill/shared/errors';
import type { Account, Ledger } from '@labelmill/shared/ledger/ledger';
import { table } from '../terminal/format.ts';
import type { CommandContext } from './context.ts';
import { withLedger } from './with-ledger.ts';

/** `labelmill status [RUN]`: what the ledger says of one run, or of all it knows. */
export async function status(
  run: string | undefined,
  options: { redis?: string; json?: boolean },
  context: CommandContext,
): Promise<void> {
  await withLedger(options, context, async (ledger) => {
    const accounts = run === undefined ? await allAccounts(ledger) : [await accountOf(ledger, run)];
    if (options.json) {
      context.console.out(JSON.stringify(run === undefined ? accounts : accounts[0]));
      return;
    }
    if (accounts.length === 0) {
      context.console.out('no runs');
      return;
    }
    const rows = accounts.map(({ id, state, images, ok, error, folder }) => {
      const share = images === 0 ? '' : `${Math.floor((100 * (ok + error)) / images)} %`;
      return [id, state, `${ok + error}/${images}`, share, String(error), folder];
    });
    for (const line of table([['run', 'state', 'images', 'done', 'errors', 'folder'], ...rows]))
      context.console.out(line);
  });
}

export type RunAccount = Account & { readonly id: string; readonly folder: string; readonly bundle: string };

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
