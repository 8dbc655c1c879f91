/** The real engine process over the built-in vgg-mini bundle, as a worker would start it. */

import { join } from 'node:path';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import { labelsGraph } from '@labelmill/models/labels-graph';
import { readBundle } from '@labelmill/models/read-bundle';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { cpuEngineSize } from '@labelmill/worker/engine/engine-size';
import type { EngineConfig, ImageLimits, ImageResult } from '@labelmill/worker/engine/protocol';
import { type Engine, startEngine } from '@labelmill/worker/engine/spawn-engine';

export const limits: ImageLimits = {
  maxBytes: 20_000_000,
  maxPixels: 100_000_000,
  maxAspect: 100,
  fetchTimeoutMs: 10_000,
  decodeTimeoutMs: 10_000,
};

export async function miniEngineConfig(): Promise<EngineConfig> {
  const { folder, manifest } = await readBundle(join(builtInBundles, 'vgg-mini-fp32'));
  const graph = labelsGraph(manifest)!;
  return {
    bundle: { folder, graph: graph.file, graphBatch: null, preprocessing: manifest.preprocessing },
    provider: 'cpu',
    topK: 5,
    ...cpuEngineSize(2, manifest.preprocessing.crop),
    trySizes: [],
    imageMemoryBytes: 2 ** 30,
    stores: storeConfigSchema.parse({ fileRoots: ['/'] }),
    limits,
  };
}

export interface MiniEngine extends AsyncDisposable {
  readonly engine: Engine;
  /** Labels the URIs and waits until each has a result; results come in the order of the URIs. */
  label(uris: readonly string[], features?: (place: number) => boolean): Promise<ImageResult[]>;
  /** Every result so far, in arrival order. */
  readonly results: readonly ImageResult[];
}

export async function startMiniEngine(changes: Partial<EngineConfig> = {}): Promise<MiniEngine> {
  const results: ImageResult[] = [];
  let arrived = Promise.withResolvers<void>();
  const engine = await startEngine(
    { ...(await miniEngineConfig()), ...changes },
    {
      env: process.env,
      onResults: (some) => {
        results.push(...some);
        arrived.resolve();
        arrived = Promise.withResolvers();
      },
    },
  );
  let nextId = 0;
  return {
    engine,
    results,
    async label(uris, features = () => false) {
      const first = nextId;
      nextId += uris.length;
      engine.label(uris.map((uri, i) => ({ id: first + i, uri, features: features(i) })));
      const mine = () => results.filter(({ id }) => id >= first && id < first + uris.length);
      while (mine().length < uris.length) await arrived.promise;
      return mine().sort((a, b) => a.id - b.id);
    },
    async [Symbol.asyncDispose]() {
      await engine.close();
    },
  };
}
