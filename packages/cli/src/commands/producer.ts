import { verifyBundleFiles } from '@labelmill/models/read-bundle';
import { producerMetrics } from '@labelmill/producer/metrics/producer-metrics';
import { scheduleMetrics } from '@labelmill/producer/metrics/schedule-metrics';
import { Producer } from '@labelmill/producer/producer';
import type { ProducerRun } from '@labelmill/producer/producer-run';
import type { Schedule } from '@labelmill/producer/schedule/schedule';
import { ScheduleWorker } from '@labelmill/producer/schedule/schedule-worker';
import { sourceFromSpec } from '@labelmill/producer/source/open-source';
import { HealthServer } from '@labelmill/shared/health/health-server';
import type { Page } from '@labelmill/shared/http/page-server';
import { createLogger } from '@labelmill/shared/logging';
import { connectRedis } from '@labelmill/shared/redis/connection';
import { readIfThere } from '@labelmill/shared/run/run-files';
import { runFolder } from '@labelmill/shared/run/run-folder';
import { openOperatorStores, type Stores } from '@labelmill/shared/store/stores';
import { joinUri } from '@labelmill/shared/store/uri';
import { bundleForQueue } from '../local/choose-bundle.ts';
import { chooseAgainst } from './choose-against.ts';
import type { CommandContext } from './context.ts';
import { noteOutage } from './note-outage.ts';
import { redisUrl } from './redis-option.ts';

export interface ProducerCommandOptions {
  readonly healthPort?: number;
  readonly redis?: string;
}

/** `labelmill producer`: carries out schedules until it is told to stop; any number of them share the work. */
export async function producer(options: ProducerCommandOptions, context: CommandContext): Promise<void> {
  const { settings, stop } = context;
  const url = redisUrl(options, settings);
  const log = createLogger({ name: 'producer', level: settings.logLevel ?? 'info' });
  await using health =
    options.healthPort === undefined
      ? null
      : await HealthServer.listen(options.healthPort, settings.livenessMs);
  await using stores = openOperatorStores(settings.stores);
  await using runs = await Producer.connect({
    redisUrl: url,
    stores,
    mostOutstandingChunks: settings.mostOutstandingChunks,
    scratch: settings.spoolFolder,
    onOutage: noteOutage(context),
  });
  const redis = await connectRedis(url);
  try {
    const begin = (schedule: Schedule, id: string, signal: AbortSignal) =>
      beginRun(runs, schedule, id, stores, context, signal);
    await using worker = new ScheduleWorker({ redis, redisUrl: url, begin, log });
    await worker.ready();
    if (health !== null) health.ready(worker, await metricsOf(runs, worker));
    log.info('carrying out schedules');
    if (!stop.aborted)
      await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
  } finally {
    redis.disconnect();
  }
}

/** Loaded here: a producer without a port for it does not need the client. */
async function metricsOf(runs: Producer, worker: ScheduleWorker): Promise<() => Promise<Page>> {
  const { metricsPage } = await import('@labelmill/shared/metrics/metrics-page');
  const snapshot = async () => ({ ...(await runs.snapshot()), schedules: worker.tally });
  type Snapshot = Awaited<ReturnType<typeof snapshot>>;
  return metricsPage<Snapshot>([...producerMetrics, ...scheduleMetrics], snapshot);
}

async function beginRun(
  runs: Producer,
  { model, source: spec, output, topK, emit, decode, partFormat, chunkSize, maxErrorRate, only }: Schedule,
  id: string,
  stores: Stores,
  context: CommandContext,
  signal: AbortSignal,
): Promise<ProducerRun> {
  const folder = joinUri(output, `${id}/`);
  if ((await readIfThere(stores.for(folder), runFolder.runJson(folder))) !== null)
    return runs.resume(folder, signal);
  const bundle = await bundleForQueue(model, context);
  await verifyBundleFiles(bundle);
  const asked = { source: sourceFromSpec(spec, stores), bundle, output, topK, emit, decode, partFormat };
  const against = await chooseAgainst(
    { out: output, ...(only === undefined ? {} : { only }) },
    asked,
    stores,
    context,
  );
  return runs.start({ ...asked, id, chunkSize, maxErrorRate, against }, signal);
}
