import { UsageError } from '@labelmill/shared/errors';
import type { Bundle, BundleManifest } from './bundle-schema.ts';

type Graph = BundleManifest['graphs'][number];

/** The bundle's graph that gives labels for any batch size on any machine, or undefined where it has none. */
export function labelsGraph({ graphs }: Pick<BundleManifest, 'graphs'>): Graph | undefined {
  return graphs.find(({ kind, layout, batch }) => kind === 'labels' && layout === 'nchw' && batch === null);
}

/** The one that gives features as well as labels, likewise. Bundles in int8 and adopted ones have none. */
export function featuresGraph({ graphs }: Pick<BundleManifest, 'graphs'>): Graph | undefined {
  return graphs.find(({ kind, layout, batch }) => kind === 'features' && layout === 'nchw' && batch === null);
}

/** @throws UsageError `no_features` where the bundle has no graph that gives them */
export function requireFeatures({ name, manifest }: Bundle): void {
  if (featuresGraph(manifest) !== undefined) return;
  throw new UsageError('no_features', `${name} gives no features: only the VGG family in fp32 and fp16 does`);
}
