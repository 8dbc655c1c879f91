import type { Bundle } from '@labelmill/models/bundle-schema';
import { labelsGraph } from '@labelmill/models/labels-graph';
import { LabelmillError } from '@labelmill/shared/errors';
import type { StoreConfig } from '@labelmill/shared/store/store-config';
import { cpuEngineSize } from '@labelmill/worker/engine/engine-size';
import type { EngineConfig, ImageLimits } from '@labelmill/worker/engine/protocol';

/** An engine for this bundle on the CPU: the graph with a symbolic batch, sized for `cores` cores. */
export function cpuEngineConfig(
  bundle: Bundle,
  cores: number,
  stores: StoreConfig,
  limits: ImageLimits,
): EngineConfig {
  const graph = labelsGraph(bundle.manifest);
  if (graph === undefined) {
    throw new LabelmillError(
      'no_graph',
      `${bundle.name} has no graph for the CPU (one with a symbolic batch)`,
    );
  }
  const { preprocessing, k } = bundle.manifest;
  return {
    bundle: { folder: bundle.folder, graph: graph.file, graphBatch: null, preprocessing },
    // A worker serves runs that ask for different numbers of labels: the engine gives all, the records take theirs.
    topK: k,
    ...cpuEngineSize(cores, preprocessing.crop),
    stores,
    limits,
  };
}
