import type { BundleManifest } from './bundle-schema.ts';
import { labelsGraph } from './labels-graph.ts';

/**
 * The bundle's graph that ranks all classes for any batch size on any machine, or undefined where it has none: the dense
 * one, which over an input of the crop's size is the network as it was trained; or the one of labels, where the classes
 * are no more than its labels.
 */
export function allClassesGraph(
  manifest: Pick<BundleManifest, 'graphs' | 'k' | 'classes'>,
): BundleManifest['graphs'][number] | undefined {
  const dense = manifest.graphs.find(
    ({ kind, layout, batch }) => kind === 'dense' && layout === 'nchw' && batch === null,
  );
  return dense ?? (manifest.k === manifest.classes.length ? labelsGraph(manifest) : undefined);
}
