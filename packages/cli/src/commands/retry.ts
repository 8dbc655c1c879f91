import { exitStatus } from '@labelmill/shared/errors';
import { beginRetry } from '@labelmill/shared/run/begin-retry';
import type { ErrorSelector } from '@labelmill/shared/run/retry';
import { readRun } from '@labelmill/shared/run/run-files';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { Progress } from '../terminal/progress.ts';
import type { CommandContext } from './context.ts';
import { type GoOnOptions, goOn } from './go-on.ts';
import { runFolderOf } from './run-folder-of.ts';

export interface RetryOptions extends GoOnOptions {
  readonly out: string;
  readonly errors: ErrorSelector;
}

/**
 * `labelmill retry RUN`: labels the images of a complete run's error records again. Where workers do it (`--redis` or
 * REDIS_URL), they follow the same plan; without a Redis, this machine does.
 */
export async function retry(name: string, options: RetryOptions, context: CommandContext): Promise<void> {
  const { settings, console } = context;
  await using stores = openOperatorStores(settings.stores);
  const folder = runFolderOf(name, options.out, context.cwd);
  const store = stores.for(folder);
  const run = await readRun(store, folder);
  let [read, parts] = [0, 0];
  using progress = new Progress(console, () => ({
    done: read,
    errors: 0,
    total: parts,
    totalIsFinal: parts > 0,
    unit: 'parts',
  }));
  const plan = await beginRetry(store, folder, options.errors, (done, all) => {
    [read, parts] = [done, all];
  });
  progress[Symbol.dispose]();
  if (plan === null) {
    console.out(
      options.json
        ? JSON.stringify({ run: run.id, folder, state: 'complete', retried: 0 })
        : `${run.id} has no such error records (${options.errors}): nothing to retry`,
    );
    context.exit(exitStatus.complete);
    return;
  }
  console.note(`retry ${plan.generation}: ${plan.images} images in ${plan.chunks.length} chunks`);
  await goOn(folder, run, options, stores, context);
}
