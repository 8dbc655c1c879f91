/**
 * The worker of a process of its own, whose engine is played by the test: everything else is the real thing. Ends with its
 * parent. Environment: REDIS_URL and the settings of a worker.
 */
import { engineConfig } from '@labelmill/cli/local/engine-config';
import { readSettings } from '@labelmill/cli/settings';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import { resolveBundle } from '@labelmill/models/find-bundle';
import { codeOf, exitStatus } from '@labelmill/shared/errors';
import { createLogger } from '@labelmill/shared/logging';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import type { ImageResult } from '@labelmill/worker/engine/protocol';
import { Supervisor } from '@labelmill/worker/supervisor/supervisor';

/** @param label one result for each URI, in order; for a chunk that keeps stalling it is asked for one image at a time */
export async function startStandIn(
  label: (uris: readonly string[], signal?: AbortSignal) => Promise<ImageResult[]>,
): Promise<Supervisor> {
  process.once('disconnect', () => process.exit());
  const bundle = await resolveBundle('vgg-mini', [builtInBundles]);
  const settings = readSettings(process.env, 0);
  try {
    return await Supervisor.start({
      bundle,
      engine: engineConfig(bundle, {
        ...settings,
        features: false,
        cores: 2,
        batch: { size: 8, trySizes: [] },
      }),
      bounds: settings.engineBounds,
      env: {},
      redisUrl: settings.redisUrl ?? '',
      stores: openOperatorStores(settings.stores),
      log: createLogger({ name: 'worker', level: settings.logLevel ?? 'info' }),
      startEngine: async () => ({
        warmupMs: 0,
        status: { state: 'running' as const, batch: 1 },
        label: (uris, _wanted, signal) => label(uris, signal),
        alone: (_wanted, work) =>
          work(async (uri) => {
            const [result] = await label([uri]);
            if (result === undefined) throw new Error('no result');
            return result;
          }),
        async [Symbol.asyncDispose]() {},
      }),
    });
  } catch (error) {
    // As any worker where Redis is down: it ends, and is started again.
    if (codeOf(error) !== 'redis_unreachable') throw error;
    process.exit(exitStatus.usage);
  }
}

export const okResult = (id: number): ImageResult => ({
  id,
  status: 'ok',
  version: '114688-1764000000000000000',
  scores: [0.7, 0.1, 0.1, 0.05, 0.05],
  indices: [17, 180, 3, 99, 42],
});

export const errorResult = (id: number): ImageResult => ({
  id,
  status: 'error',
  version: null,
  code: 'not_found',
  message: 'no such object',
  retryable: false,
});
