/** The engine as the supervisor holds it, over vgg-mini, with what happens to it counted. */
import { join } from 'node:path';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import type { BundleManifest } from '@labelmill/models/bundle-schema';
import { readBundle } from '@labelmill/models/read-bundle';
import { createLogger } from '@labelmill/shared/logging';
import type { EngineConfig, ImageResult } from '@labelmill/worker/engine/protocol';
import { EngineClient } from '@labelmill/worker/supervisor/engine-client';
import { miniEngineConfig } from '../engine/mini-engine.ts';

export interface WatchedEngine extends AsyncDisposable {
  readonly manifest: BundleManifest;
  /** How often an engine died, and images were quarantined for it. */
  readonly deaths: number;
  readonly quarantined: number;
  /** One result for each URI. Rejects when nothing more came for longer than the watchdog allows. */
  label(uris: readonly string[]): Promise<ImageResult[]>;
}

/** A batch may be queued behind others, each of which may be hung, and its own suspects tried one by one. */
const hungSilences = 20;

/** @param silenceMs an engine that says nothing for this long about the image that is in it longest is ended */
export async function startWatchedEngine(
  env: NodeJS.ProcessEnv,
  silenceMs = 30_000,
  changes: Partial<EngineConfig> = {},
): Promise<WatchedEngine> {
  const { manifest } = await readBundle(join(builtInBundles, 'vgg-mini-fp32'));
  let deaths = 0;
  let quarantined = 0;
  const log = createLogger(
    { name: 'supervisor', level: 'warn' },
    {
      write(line) {
        const { msg } = JSON.parse(line) as { msg: string };
        if (msg === 'engine died') deaths++;
        if (msg === 'image quarantined') quarantined++;
      },
    },
  );
  const client = await EngineClient.start({
    config: { ...(await miniEngineConfig()), ...changes },
    manifest,
    env,
    log,
    bounds: { silenceMs, memoryBytes: 3 * 2 ** 30 },
    onResult: () => {},
    onStages: () => {},
  });
  return {
    manifest,
    get deaths() {
      return deaths;
    },
    get quarantined() {
      return quarantined;
    },
    label: (uris) => client.label(uris, {}, AbortSignal.timeout(hungSilences * silenceMs)),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}
