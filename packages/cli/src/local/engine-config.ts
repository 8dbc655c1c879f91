import type { Bundle } from '@labelmill/models/bundle-schema';
import { cudaGraph } from '@labelmill/models/cuda-graph';
import { featuresGraph, labelsGraph, requireFeatures } from '@labelmill/models/labels-graph';
import { LabelmillError, UsageError } from '@labelmill/shared/errors';
import type { StoreConfig } from '@labelmill/shared/store/store-config';
import { cpuEngineSize, cudaEngineSize, type EngineSize } from '@labelmill/worker/engine/engine-size';
import type { EngineConfig, ImageLimits, Provider } from '@labelmill/worker/engine/protocol';
import type { BatchChoice } from './choose-batch.ts';

/** The engine's own size, and no other tried. */
const settledBatch = { size: null, trySizes: [] };

export interface EngineRequirements {
  readonly provider: Provider;
  /** Must it serve runs that ask for features? */
  readonly features: boolean;
  readonly cores: number;
  /** See EngineConfig. */
  readonly imageMemoryBytes: number;
  readonly stores: StoreConfig;
  readonly limits: ImageLimits;
  readonly batch?: Pick<BatchChoice, 'size' | 'trySizes'>;
}

/**
 * An engine for this bundle, sized for `cores` cores: on the CPU the graph with a symbolic batch, on CUDA one of a fixed
 * size, and only ever there.
 *
 * A graph that gives features serves runs that ask for none as well: an output that is not asked for is not copied out.
 * So the CPU always runs it where there is one. CUDA runs it where `features` are wanted, because fp16 has a faster one
 * for labels alone.
 *
 * @throws UsageError `not_for_cuda` · `no_features`
 */
export function engineConfig(
  bundle: Bundle,
  { provider, features, cores, imageMemoryBytes, stores, limits, batch = settledBatch }: EngineRequirements,
): EngineConfig {
  if (features) requireFeatures(bundle);
  const { preprocessing, k } = bundle.manifest;
  const { graph, graphBatch, size } =
    provider === 'cpu' ? onCpu(bundle, cores, batch.size) : onCuda(bundle, features, cores, batch.size);
  return {
    bundle: { folder: bundle.folder, graph, graphBatch, preprocessing },
    provider,
    // A worker serves runs that ask for different numbers of labels: the engine gives all, the records take theirs.
    topK: k,
    ...size,
    trySizes: batch.trySizes,
    imageMemoryBytes,
    stores,
    limits,
  };
}

interface Chosen {
  readonly graph: string;
  readonly graphBatch: number | null;
  readonly size: EngineSize;
}

function onCpu({ name, manifest }: Bundle, cores: number, batch: number | null): Chosen {
  const graph = featuresGraph(manifest) ?? labelsGraph(manifest);
  if (graph === undefined) {
    throw new LabelmillError('no_graph', `${name} has no graph for the CPU (one with a symbolic batch)`);
  }
  const size = cpuEngineSize(cores, manifest.preprocessing.crop);
  return { graph: graph.file, graphBatch: null, size: { ...size, batch: batch ?? size.batch } };
}

function onCuda({ name, manifest }: Bundle, features: boolean, cores: number, most: number | null): Chosen {
  const size = cudaEngineSize(cores, manifest.preprocessing.crop);
  const graph = cudaGraph(manifest, most ?? size.batch, features ? 'features' : 'labels');
  if (manifest.precision === 'int8' || graph === undefined) {
    throw new UsageError(
      'not_for_cuda',
      `${name} does not run on CUDA: ${manifest.precision === 'int8' ? 'int8 is for CPUs, fp16 is for GPUs' : 'it has no graph for it'}`,
    );
  }
  const batch = graph.batch ?? most ?? size.batch;
  return { graph: graph.file, graphBatch: batch, size: { ...size, batch } };
}
