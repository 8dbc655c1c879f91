/**
 * Child process: a supervisor over the stand-in engine. Says 'ready', takes chunks from when it is told to, and says
 * what it needed when it is told to stop. usage: REDIS-URL
 */
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { engineConfig } from '@labelmill/cli/local/engine-config';
import { readSettings } from '@labelmill/cli/settings';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import { resolveBundle } from '@labelmill/models/find-bundle';
import { createLogger } from '@labelmill/shared/logging';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { Supervisor } from '@labelmill/worker/supervisor/supervisor';
import { standInEngine } from './stand-in-engine.ts';

export interface SupervisorUsage {
  readonly images: number;
  readonly cpuSeconds: number;
  /** Of the event loop, beyond the timer's own 5 ms. */
  readonly delayMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

const [redisUrl = ''] = process.argv.slice(2);
const bundle = await resolveBundle('vgg-mini', [builtInBundles]);
const settings = readSettings({}, 0);
await using stores = openOperatorStores(settings.stores);
// VGG-16's batch of 8: the fewest chunks in work at a time.
const engine = engineConfig(bundle, {
  provider: 'cpu',
  features: false,
  cores: 2,
  imageMemoryBytes: settings.imageMemoryBytes,
  stores: settings.stores,
  limits: settings.limits,
  batch: { size: 8, trySizes: [] },
});
process.send?.('ready');

await once(process, 'message');
let images = 0;
const resolution = 5;
const delay = monitorEventLoopDelay({ resolution });
delay.enable();
const before = process.cpuUsage();
const supervisor = await Supervisor.start({
  bundle,
  engine,
  bounds: settings.engineBounds,
  env: {},
  redisUrl,
  stores,
  log: createLogger({ name: 'bench', level: 'warn' }),
  startEngine: async () => ({
    ...standInEngine,
    label: (uris, wanted, signal) => {
      images += uris.length;
      return standInEngine.label(uris, wanted, signal);
    },
  }),
});

await once(process, 'message');
const { user, system } = process.cpuUsage(before);
delay.disable();
const beyond = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - resolution);
const usage: SupervisorUsage = {
  images,
  cpuSeconds: (user + system) / 1e6,
  delayMs: { p50: beyond(delay.percentile(50)), p99: beyond(delay.percentile(99)), max: beyond(delay.max) },
};
await supervisor.drain(0);
process.send?.(usage);
process.disconnect();
