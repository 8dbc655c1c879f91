/** A worker in the test's own process, over its Redis and stores: all is real but the engine, which answers at once. */
import { builtInBundles } from '@labelmill/models/bundle-folders';
import { resolveBundle } from '@labelmill/models/find-bundle';
import { createLogger } from '@labelmill/shared/logging';
import type { Stores } from '@labelmill/shared/store/stores';
import { Supervisor, type SupervisorOptions } from '@labelmill/worker/supervisor/supervisor';
import { miniEngineConfig } from '../engine/mini-engine.ts';
import { atOnce } from './at-once-engine.ts';
import type { TestRedis } from './redis.ts';

const bundle = await resolveBundle('vgg-mini', [builtInBundles]);
const engine = await miniEngineConfig();

/** @param own what this worker has of its own: another engine, a log that is read. */
export function supervisorOver(
  redis: TestRedis,
  stores: Stores,
  own: Pick<Partial<SupervisorOptions>, 'startEngine' | 'log'> = {},
): Promise<Supervisor> {
  return Supervisor.start({
    bundle,
    engine,
    bounds: { silenceMs: 60_000, memoryBytes: 2 ** 30 },
    env: {},
    redisUrl: redis.url,
    stores,
    log: createLogger({ name: 'test', level: 'silent' }),
    startEngine: async () => atOnce,
    ...own,
  });
}
