import { join } from 'node:path';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import type { Bundle } from '@labelmill/models/bundle-schema';
import { readBundle } from '@labelmill/models/read-bundle';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { expect, it } from 'vitest';
import { evaluationEngine, type Look, lookedOf } from './evaluation-engine.ts';

const mini = await readBundle(join(builtInBundles, 'vgg-mini-fp32'));
const stores = storeConfigSchema.parse({});
const limits = { maxBytes: 1, maxPixels: 1, maxAspect: 1, fetchTimeoutMs: 1, decodeTimeoutMs: 1 };

function engineOf(bundle: Bundle, look: Look, provider: 'cpu' | 'cuda' = 'cpu') {
  return evaluationEngine(bundle, look, { provider, cores: 2, imageMemoryBytes: 1e9, stores, limits });
}

/** As an adopted model: the graph that gives labels, and no other. */
function adopted(classes: number): Bundle {
  const { manifest } = mini;
  const graphs = manifest.graphs.slice(0, 1);
  return { ...mini, manifest: { ...manifest, graphs, classes: manifest.classes.slice(0, classes) } };
}

it('looks once at the central crop, as label does, or as often as the mode says', () => {
  const center = engineOf(mini, { mode: 'center' });
  expect(center).toMatchObject({ topK: 10 });
  expect(center.views).toBeUndefined();
  expect(lookedOf(center)).toEqual({ mode: 'center', scales: [64], views: 1 });
  const dense = engineOf(mini, { mode: 'dense', scales: [64, 96] });
  expect(dense.bundle.graph).toBe('dense.onnx');
  expect(lookedOf(dense)).toEqual({ mode: 'dense', scales: [64, 96], views: 4 });
});

it('refuses to average what a bundle gives only the best ten of', () => {
  expect(() => engineOf(adopted(200), { mode: 'flip' })).toThrow(
    /only the best 10 of 200: it has no dense graph/,
  );
});

it('averages the labels of a bundle that gives the scores of all its classes, but not densely', () => {
  expect(engineOf(adopted(10), { mode: 'flip' })).toMatchObject({
    bundle: { graph: 'model.onnx' },
    topK: 10,
  });
  expect(() => engineOf(adopted(10), { mode: 'dense' })).toThrow(/has no dense graph/);
});

it('runs several views on the CPU only', () => {
  expect(() => engineOf(mini, { mode: 'flip' }, 'cuda')).toThrow(/flip runs on the CPU only/);
});
