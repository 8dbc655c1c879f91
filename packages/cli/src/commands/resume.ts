import { resolveBundle } from '@labelmill/models/find-bundle';
import { Producer } from '@labelmill/producer/producer';
import { exitStatus, UsageError } from '@labelmill/shared/errors';
import { readIfThere, readRun } from '@labelmill/shared/run/run-files';
import { runFolder } from '@labelmill/shared/run/run-folder';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import type { CommandContext } from './context.ts';
import { resumeLocally } from './label.ts';
import { produceToEnd } from './produce-to-end.ts';
import { runFolderOf } from './run-folder-of.ts';

export interface ResumeOptions {
  readonly out: string;
  readonly wait?: boolean;
  readonly redis?: string;
  readonly json?: boolean;
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
  if ((await readIfThere(store, runFolder.success(folder))) !== null) {
    console.out(
      options.json ? JSON.stringify({ run: run.id, folder, state: 'complete' }) : `${run.id} is complete`,
    );
    context.exit(exitStatus.complete);
    return;
  }
  const redisUrl = options.redis ?? settings.redisUrl;
  if (redisUrl === undefined) {
    const bundle = await resolveBundle(run.bundle.name, settings.modelFolders);
    if (bundle.digest !== run.bundle.digest) {
      throw new UsageError(
        'other_bundle',
        `the run was begun with ${run.bundle.name} ${run.bundle.digest}; the one here is ${bundle.digest}`,
      );
    }
    await resumeLocally(folder, run.source, bundle, stores, options.json ?? false, context);
    return;
  }
  await using producer = await Producer.connect({
    redisUrl,
    stores,
    mostOutstandingChunks: settings.mostOutstandingChunks,
  });
  const resumed = await producer.resume(folder, context.stop);
  await produceToEnd(resumed, options, context);
}
