import type { Bundle } from '@labelmill/models/bundle-schema';
import { requireExactSums } from '@labelmill/models/quantize/require-exact-sums';
import { verifyBundleFiles } from '@labelmill/models/read-bundle';
import { HealthServer } from '@labelmill/shared/health/health-server';
import type { Page } from '@labelmill/shared/http/page-server';
import { createLogger, type Logger } from '@labelmill/shared/logging';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import type { Provider } from '@labelmill/worker/engine/protocol';
import { workerMetrics } from '@labelmill/worker/metrics/worker-metrics';
import { Supervisor } from '@labelmill/worker/supervisor/supervisor';
import type { TracedChunk } from '@labelmill/worker/tracing/chunk-span';
import type { OtlpSpans } from '@labelmill/worker/tracing/otlp-spans';
import { chooseBatch } from '../local/choose-batch.ts';
import { bundleForQueue } from '../local/choose-bundle.ts';
import { cpuInfo } from '../local/cpu-info.ts';
import { engineConfig } from '../local/engine-config.ts';
import type { CommandContext } from './context.ts';
import { redisUrl } from './redis-option.ts';
import { warnIfUntrained } from './warn-if-untrained.ts';

export interface WorkerOptions {
  readonly model: string;
  readonly features?: boolean;
  readonly provider?: Provider;
  readonly healthPort?: number;
  readonly redis?: string;
}

/** `labelmill worker`: labels chunks from the bundle's queue until it is told to stop. */
export async function worker(options: WorkerOptions, context: CommandContext): Promise<void> {
  const { settings, stop, stopNow, env } = context;
  const bundle = await bundleForQueue(options.model, context);
  await verifyBundleFiles(bundle);
  warnIfUntrained(bundle, context);
  const { provider = settings.provider, features = false } = options;
  if (provider === 'cpu') requireExactSums(bundle, await cpuInfo());
  const log = createLogger({ name: 'worker', level: settings.logLevel ?? 'info' });
  const batch = await chooseBatch(bundle, provider, context, log);
  await using health =
    options.healthPort === undefined
      ? null
      : await HealthServer.listen(options.healthPort, settings.livenessMs);
  await using stores = openOperatorStores(settings.stores);
  await using spans = await openSpans(settings.traceEndpoint, bundle, log);
  await using supervisor = await Supervisor.start(
    {
      bundle,
      engine: engineConfig(bundle, { ...settings, provider, features, cores: context.cores, batch }),
      onBatch: batch.onBatch,
      bounds: settings.engineBounds,
      env,
      redisUrl: redisUrl(options, settings),
      stores,
      log,
      ...(spans === null ? {} : { startSpan: (chunk: TracedChunk) => spans.start(chunk) }),
    },
    stop,
  );
  if (health !== null) health.ready(supervisor.state, await metricsOf(supervisor, bundle));
  await aborted(stop);
  log.info({ drainMs: settings.drainMs }, 'draining');
  stopNow.addEventListener('abort', () => supervisor.hurry(), { once: true });
  if (stopNow.aborted) supervisor.hurry();
  await supervisor.drain(settings.drainMs);
  log.info('stopped');
}

/** Loaded here: a worker without a port for it does not need the client. */
async function metricsOf(supervisor: Supervisor, bundle: Bundle): Promise<() => Promise<Page>> {
  const { metricsPage } = await import('@labelmill/shared/metrics/metrics-page');
  return metricsPage(workerMetrics(bundle.name, bundle.manifest.precision), () =>
    supervisor.state.snapshot(),
  );
}

/** Loaded here, as above. */
async function openSpans(
  endpoint: string | undefined,
  bundle: Bundle,
  log: Logger,
): Promise<OtlpSpans | null> {
  if (endpoint === undefined) return null;
  const { OtlpSpans } = await import('@labelmill/worker/tracing/otlp-spans');
  return new OtlpSpans({ endpoint, bundle: bundle.name, log });
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
