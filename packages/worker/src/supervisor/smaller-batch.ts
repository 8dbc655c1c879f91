import type { BundleManifest } from '@labelmill/models/bundle-schema';
import { cudaGraph } from '@labelmill/models/cuda-graph';
import type { EngineConfig } from '../engine/protocol.ts';

/**
 * The same engine with the next smaller batches and the same outputs, for a device whose memory does not suffice: the next smaller graph
 * where batches have a fixed size and the bundle has one, or else half as many images; null below one image.
 */
export function smallerBatch(
  config: EngineConfig,
  manifest: Pick<BundleManifest, 'graphs'>,
): EngineConfig | null {
  if (config.batch === 1) return null;
  const half = Math.floor(config.batch / 2);
  const { bundle } = config;
  const trySizes: readonly number[] = [];
  if (bundle.graphBatch === null) return { ...config, batch: half, trySizes };
  const kind = manifest.graphs.find(({ file }) => file === bundle.graph)?.kind ?? 'labels';
  const graph = cudaGraph(manifest, config.batch - 1, kind);
  const batch = graph?.batch ?? half;
  return { ...config, batch, bundle: { ...bundle, graph: graph?.file ?? bundle.graph, graphBatch: batch } };
}
