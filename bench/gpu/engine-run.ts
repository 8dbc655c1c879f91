/** Files to labels through the engine itself, without a queue around it: a GPU machine may have no Redis. */
import { pathToFileURL } from 'node:url';
import { engineConfig } from '@labelmill/cli/local/engine-config';
import type { Bundle } from '@labelmill/models/bundle-schema';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import type { Provider } from '@labelmill/worker/engine/protocol';
import { startEngine } from '@labelmill/worker/engine/spawn-engine';

const limits = {
  maxBytes: 64 * 2 ** 20,
  maxPixels: 1e8,
  maxAspect: 100,
  fetchTimeoutMs: 30_000,
  decodeTimeoutMs: 10_000,
};

export interface EngineRun {
  readonly imagesPerSecond: number;
  readonly warmupSeconds: number;
  readonly graph: string;
}

/**
 * From the engine being ready to the last image.
 * @throws Error if an image does not get labels; as `startEngine` and `engineConfig` do
 */
export async function runEngine(
  bundle: Bundle,
  provider: Provider,
  cores: number,
  photos: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<EngineRun> {
  const config = engineConfig(bundle, {
    provider,
    features: false,
    cores,
    imageMemoryBytes: 4 * 2 ** 30,
    stores: storeConfigSchema.parse({ fileRoots: ['/'] }),
    limits,
  });
  const ended = Promise.withResolvers<void>();
  let left = photos.length;
  await using engine = await startEngine(config, {
    env,
    onResults: (results) => {
      const bad = results.find(({ status }) => status !== 'ok');
      if (bad !== undefined) ended.reject(new Error(JSON.stringify(bad)));
      left -= results.length;
      if (left === 0) ended.resolve();
    },
  });
  void engine.exited.then(({ stderr }) => ended.reject(new Error(`the engine ended: ${stderr}`)));
  const began = performance.now();
  engine.label(photos.map((path, id) => ({ id, uri: pathToFileURL(path).href })));
  await ended.promise;
  const seconds = (performance.now() - began) / 1000;
  return {
    imagesPerSecond: photos.length / seconds,
    warmupSeconds: engine.warmupMs / 1000,
    graph: config.bundle.graph,
  };
}
