import type { ProducerRun } from '@labelmill/producer/producer-run';
import { exitStatus } from '@labelmill/shared/errors';
import type { Account } from '@labelmill/shared/ledger/account';
import { carriedCounts } from '../terminal/carried-counts.ts';
import { Progress } from '../terminal/progress.ts';
import { quarantineLines } from '../terminal/quarantine-lines.ts';
import type { CommandContext } from './context.ts';

/** Stays with a run that this process lists: until all is enqueued, or (`wait`) until its account is closed. */
export async function produceToEnd(
  run: ProducerRun,
  options: { readonly wait?: boolean; readonly json?: boolean },
  context: CommandContext,
): Promise<void> {
  const { console, stop } = context;
  const { id } = run.info.run;
  const { folder } = run.info;
  let account: Account | null = await run.account();
  using progress = new Progress(console, () => progressOf(account));
  try {
    if (options.wait) {
      const summary = await run.closed((now) => {
        account = now;
      });
      progress[Symbol.dispose]();
      console.out(
        options.json
          ? JSON.stringify({ ...summary, folder })
          : `${id}: ${summary.listed} images, ${summary.ok} ok, ${summary.error} errors${carriedCounts(summary)}`,
      );
      if (!options.json) for (const line of quarantineLines(summary)) console.out(line);
      context.exit(summary.error > 0 ? exitStatus.completeWithErrors : exitStatus.complete);
      return;
    }
    const timer = setInterval(() => {
      void run.account().then(
        (now) => {
          account = now;
        },
        () => {},
      );
    }, 500);
    try {
      await run.listed;
    } finally {
      clearInterval(timer);
    }
    account = await run.account();
    progress[Symbol.dispose]();
    const { images, carried } = account ?? { images: 0, carried: 0 };
    console.out(
      options.json
        ? JSON.stringify({ run: id, folder, images, carried })
        : `${id}: ${images} images enqueued${carriedCounts({ carried })}; "labelmill wait ${id}" waits for their labels`,
    );
  } catch (error) {
    if (!stop.aborted) throw error;
    progress[Symbol.dispose]();
    console.note(`interrupted; "labelmill resume ${folder}" goes on`);
    context.exit(exitStatus.interrupted);
  }
}

export function progressOf(account: Account | null) {
  return {
    done: (account?.ok ?? 0) + (account?.error ?? 0),
    errors: account?.error ?? 0,
    total: account?.images ?? 0,
    totalIsFinal: account?.listed ?? false,
  };
}
