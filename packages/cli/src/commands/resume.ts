import { exitStatus } from '@labelmill/shared/errors';
import { readRetries } from '@labelmill/shared/run/retry';
import { isComplete, readRun, readSummary } from '@labelmill/shared/run/run-files';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import type { CommandContext } from './context.ts';
import { type GoOnOptions, goOn } from './go-on.ts';
import { runFolderOf } from './run-folder-of.ts';

export interface ResumeOptions extends GoOnOptions {
  readonly out: string;
}

/**
 * `labelmill resume FOLDER`: goes on with a run from what its folder says. With a Redis (`--redis` or REDIS_URL) its
 * chunks go to the workers there; without, this machine labels them.
 */
export async function resume(name: string, options: ResumeOptions, context: CommandContext): Promise<void> {
  const { settings, console } = context;
  await using stores = openOperatorStores(settings.stores);
  const folder = runFolderOf(name, options.out, context.cwd);
  const store = stores.for(folder);
  const run = await readRun(store, folder);
  const closed = await isComplete(store, folder);
  // A retry that has just begun may still have a `_SUCCESS` beside it (shared/src/ledger/finalise.ts).
  if (closed && (await readRetries(store, folder, run)).open.size === 0) {
    console.out(
      options.json ? JSON.stringify({ run: run.id, folder, state: 'complete' }) : `${run.id} is complete`,
    );
    const summary = await readSummary(store, folder);
    context.exit((summary?.error ?? 0) > 0 ? exitStatus.completeWithErrors : exitStatus.complete);
    return;
  }
  await goOn(folder, run, options, stores, context);
}
