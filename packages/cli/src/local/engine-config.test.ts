import { join } from 'node:path';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import type { Bundle } from '@labelmill/models/bundle-schema';
import { readBundle } from '@labelmill/models/read-bundle';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { expect, it } from 'vitest';
import { type EngineRequirements, engineConfig } from './engine-config.ts';

const mini = await readBundle(join(builtInBundles, 'vgg-mini-fp32'));
const stores = storeConfigSchema.parse({});
const limits = { maxBytes: 1, maxPixels: 1, maxAspect: 1, fetchTimeoutMs: 1, decodeTimeoutMs: 1 };
const configure = (
  bundle: Bundle,
  provider: 'cpu' | 'cuda',
  features = false,
  batch: EngineRequirements['batch'] = { size: null, trySizes: [] },
) => engineConfig(bundle, { provider, features, cores: 16, imageMemoryBytes: 1e9, stores, limits, batch });

it('gives the CPU all cores for one session over batches of any size', () => {
  expect(configure(mini, 'cpu')).toMatchObject({
    provider: 'cpu',
    bundle: { graph: 'features.onnx', graphBatch: null },
    inferenceThreads: 1,
    intraOpThreads: 16,
    loaderThreads: 8,
    decodeConcurrency: 2,
  });
});

it('gives CUDA two sessions over full batches, and all cores to decoding', () => {
  expect(configure(mini, 'cuda')).toMatchObject({
    provider: 'cuda',
    bundle: { graph: 'model-b256.onnx', graphBatch: 256 },
    batch: 256,
    inferenceThreads: 2,
    intraOpThreads: 1,
    loaderThreads: 8,
    decodeConcurrency: 2,
  });
});

it('takes batches of the size it is told, on CUDA of the nearest graph below', () => {
  const batch = { size: 24, trySizes: [] };
  expect(configure(mini, 'cpu', false, batch)).toMatchObject({ batch: 24, trySizes: [] });
  expect(configure(mini, 'cuda', false, batch)).toMatchObject({
    bundle: { graph: 'model-b16.onnx', graphBatch: 16 },
    batch: 16,
  });
});

it('runs the graph that gives features on CUDA where they are wanted', () => {
  expect(configure(mini, 'cuda', true).bundle).toMatchObject({ graph: 'features-b256.onnx' });
});

it('runs the graph of labels on the CPU where there is no other', () => {
  const graphs = mini.manifest.graphs.filter(({ kind }) => kind === 'labels');
  const int8 = { ...mini, manifest: { ...mini.manifest, graphs } };
  expect(configure(int8, 'cpu').bundle).toMatchObject({ graph: 'model.onnx' });
});

it('pads the batches of a model without fixed sizes on CUDA', () => {
  const graphs = mini.manifest.graphs.filter(({ batch }) => batch === null);
  const adopted = { ...mini, manifest: { ...mini.manifest, graphs } };
  expect(configure(adopted, 'cuda')).toMatchObject({
    bundle: { graph: 'model.onnx', graphBatch: 256 },
    batch: 256,
  });
});

it('refuses int8 on CUDA', () => {
  const int8: Bundle = { ...mini, manifest: { ...mini.manifest, precision: 'int8' } };
  expect(() => configure(int8, 'cuda')).toThrow(expect.objectContaining({ code: 'not_for_cuda' }));
});
