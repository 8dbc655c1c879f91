import type { BundleManifest } from './bundle-schema.ts';

/** The bundle's graph that gives labels for any batch size on any machine, or undefined where it has none. */
export function labelsGraph({
  graphs,
}: Pick<BundleManifest, 'graphs'>): BundleManifest['graphs'][number] | undefined {
  return graphs.find(({ kind, layout, batch }) => kind === 'labels' && layout === 'nchw' && batch === null);
}
