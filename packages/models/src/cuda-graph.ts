import type { BundleManifest, GraphKind } from './bundle-schema.ts';

/**
 * The graph of a kind for CUDA at batches of at most `batch` images: of the fixed size that comes nearest, in the layout
 * of the tensor cores where the bundle has it. A bundle without fixed sizes (an adopted model) gives its graph for any
 * batch, which must then always run at one size: CUDA's convolutions plan anew at every change of shape.
 */
export function cudaGraph(
  { graphs }: Pick<BundleManifest, 'graphs'>,
  batch: number,
  kind: GraphKind,
): BundleManifest['graphs'][number] | undefined {
  const ofKind = graphs.filter((graph) => graph.kind === kind);
  const fixed = ofKind
    .filter((graph) => graph.batch !== null && graph.batch <= batch)
    .sort((a, b) => b.batch! - a.batch! || Number(b.layout === 'nhwc') - Number(a.layout === 'nhwc'));
  return fixed[0] ?? ofKind.find((graph) => graph.batch === null);
}
