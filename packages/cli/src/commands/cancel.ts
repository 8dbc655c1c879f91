import { LabelmillError } from '@labelmill/shared/errors';
import type { CommandContext } from './context.ts';
import { accountOf } from './status.ts';
import { withLedger } from './with-ledger.ts';

/** `labelmill cancel RUN`: workers drop its chunks; what is labelled stays, and `resume` takes it up again. */
export async function cancel(
  run: string,
  options: { redis?: string; json?: boolean },
  context: CommandContext,
): Promise<void> {
  await withLedger(options, context, async (ledger) => {
    await accountOf(ledger, run);
    if (!(await ledger.hold(run, 'cancelled')))
      throw new LabelmillError('already_complete', `run ${run} is complete: there is nothing to cancel`);
    const account = await accountOf(ledger, run);
    context.console.out(
      options.json
        ? JSON.stringify(account)
        : `${run}: cancelled at ${account.ok + account.error} of ${account.images} images; "labelmill resume ${account.folder}" goes on`,
    );
  });
}
