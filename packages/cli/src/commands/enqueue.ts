import { Producer } from '@labelmill/producer/producer';
import type { DecodeMode, Emit, PartFormat } from '@labelmill/shared/schema/run';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { bundleForQueue } from '../local/choose-bundle.ts';
import { chooseAgainst } from './choose-against.ts';
import type { CommandContext } from './context.ts';
import { noteOutage } from './note-outage.ts';
import { openRequest } from './open-request.ts';
import { produceToEnd } from './produce-to-end.ts';
import { redisUrl } from './redis-option.ts';
import { serveMetrics } from './serve-metrics.ts';
import type { SourceOptions } from './source-options.ts';
import { warnIfUntrained } from './warn-if-untrained.ts';

export interface EnqueueOptions extends SourceOptions {
  readonly model: string;
  readonly out: string;
  readonly topK: number;
  readonly decode: DecodeMode;
  readonly emit: readonly Emit[];
  readonly format: PartFormat;
  readonly chunkSize: number;
  readonly maxErrorRate?: number;
  /** Seconds. */
  readonly finishIn?: number;
  readonly only?: 'changed';
  readonly against?: string;
  readonly wait?: boolean;
  readonly metricsPort?: number;
  readonly redis?: string;
  readonly json?: boolean;
}

/** `labelmill enqueue SOURCE --out URI`: lists a source and puts its chunks on the bundle's queue. */
export async function enqueue(
  names: readonly string[],
  options: EnqueueOptions,
  context: CommandContext,
): Promise<void> {
  const { settings, console } = context;
  await using stores = openOperatorStores(settings.stores);
  const { topK, emit, decode, chunkSize, maxErrorRate } = options;
  const { format: partFormat, finishIn: finishInSeconds } = options;
  const { bundle, source, output } = await openRequest(names, options, stores, context, bundleForQueue);
  await using producer = await Producer.connect({
    redisUrl: redisUrl(options, settings),
    stores,
    mostOutstandingChunks: settings.mostOutstandingChunks,
    scratch: settings.spoolFolder,
    onOutage: noteOutage(context),
  });
  await using _metrics = await serveMetrics(options.metricsPort, producer);
  warnIfUntrained(bundle, context);
  const asked = { source, bundle, output, topK, emit, decode, partFormat };
  const against = await chooseAgainst(options, asked, stores, context);
  const request = { ...asked, chunkSize, maxErrorRate, against, finishInSeconds };
  const run = await producer.start(request, context.stop);
  // Said at once: a script that dies later can still resume by this name.
  console.note(`run ${run.info.run.id} on queue ${bundle.name}: ${run.info.folder}`);
  await produceToEnd(run, options, context);
}
