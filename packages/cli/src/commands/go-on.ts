import { resolveBundle } from '@labelmill/models/find-bundle';
import { requireExactSums } from '@labelmill/models/quantize/require-exact-sums';
import { verifyBundleFiles } from '@labelmill/models/read-bundle';
import { Producer } from '@labelmill/producer/producer';
import { sourceFromSpec } from '@labelmill/producer/source/open-source';
import { UsageError } from '@labelmill/shared/errors';
import type { Run } from '@labelmill/shared/schema/run';
import type { Stores } from '@labelmill/shared/store/stores';
import { cpuInfo } from '../local/cpu-info.ts';
import type { CommandContext } from './context.ts';
import { noteOutage } from './note-outage.ts';
import { produceToEnd } from './produce-to-end.ts';
import { runLocally } from './run-locally.ts';

export interface GoOnOptions {
  /** In place of what the run was begun with. */
  readonly maxErrorRate?: number;
  readonly wait?: boolean;
  readonly redis?: string;
  readonly json?: boolean;
}

/**
 * Goes on with a run that is not closed, from its folder: over the workers of a Redis (`--redis` or REDIS_URL), or on
 * this machine where none is named.
 * @throws UsageError `other_bundle` · `bad_bundle`
 */
export async function goOn(
  folder: string,
  run: Run,
  options: GoOnOptions,
  stores: Stores,
  context: CommandContext,
): Promise<void> {
  const { settings } = context;
  const redisUrl = options.redis ?? settings.redisUrl;
  if (redisUrl === undefined) {
    const bundle = await resolveBundle(run.bundle.name, settings.modelFolders);
    if (bundle.digest !== run.bundle.digest) {
      throw new UsageError(
        'other_bundle',
        `the run was begun with ${run.bundle.name} ${run.bundle.digest}; the one here is ${bundle.digest}`,
      );
    }
    await verifyBundleFiles(bundle);
    if (settings.provider === 'cpu') requireExactSums(bundle, await cpuInfo());
    await runLocally(
      {
        bundle,
        source: sourceFromSpec(run.source, stores),
        start: { resume: folder },
        features: run.emit.includes('features'),
        provider: settings.provider,
        maxErrorRate: options.maxErrorRate,
        json: options.json ?? false,
      },
      context,
    );
    return;
  }
  await using producer = await Producer.connect({
    redisUrl,
    stores,
    mostOutstandingChunks: settings.mostOutstandingChunks,
    scratch: settings.spoolFolder,
    onOutage: noteOutage(context),
  });
  const resumed = await producer.resume(folder, context.stop, { maxErrorRate: options.maxErrorRate });
  await produceToEnd(resumed, options, context);
}
