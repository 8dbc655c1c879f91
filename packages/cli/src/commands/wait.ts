import { setTimeout as delay } from 'node:timers/promises';
import { exitStatus } from '@labelmill/shared/errors';
import { carriedCounts } from '../terminal/carried-counts.ts';
import { Progress } from '../terminal/progress.ts';
import type { CommandContext } from './context.ts';
import { progressOf } from './produce-to-end.ts';
import { accountOf } from './status.ts';
import { withLedger } from './with-ledger.ts';

const pollMs = 500;

/** `labelmill wait RUN`: ends when the run's account is closed; its exit status says how (for schedulers). */
export async function wait(
  run: string,
  options: { redis?: string; json?: boolean },
  context: CommandContext,
): Promise<void> {
  const { console, exit, stop } = context;
  await withLedger(options, context, async (ledger) => {
    let account = await accountOf(ledger, run);
    using progress = new Progress(console, () => progressOf(account));
    while (account.state !== 'complete' && account.state !== 'cancelled' && account.why === null) {
      if (stop.aborted) return exit(exitStatus.interrupted);
      await delay(pollMs, undefined, { signal: stop }).catch(() => {});
      account = await accountOf(ledger, run);
    }
    progress[Symbol.dispose]();
    console.out(
      options.json
        ? JSON.stringify(account)
        : `${run}: ${account.state}${account.why === null ? '' : ` (${account.why})`}, ${account.ok} ok, ${account.error} errors${carriedCounts(account)}`,
    );
    if (account.state !== 'complete') exit(exitStatus.incomplete);
    else exit(account.error > 0 ? exitStatus.completeWithErrors : exitStatus.complete);
  });
}
