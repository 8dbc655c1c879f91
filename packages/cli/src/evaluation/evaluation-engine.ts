/** How an evaluation looks at images, and the process that does. */
import { allClassesGraph } from '@labelmill/models/all-classes-graph';
import type { Bundle } from '@labelmill/models/bundle-schema';
import { UsageError } from '@labelmill/shared/errors';
import { cpuEngineSize } from '@labelmill/worker/engine/engine-size';
import type { EngineConfig } from '@labelmill/worker/engine/protocol';
import { defaultScales, type ViewMode } from '@labelmill/worker/evaluate/view-plan';
import { viewsOf } from '@labelmill/worker/evaluate/views';
import { type EngineRequirements, engineConfig } from '../local/engine-config.ts';
import type { EvaluationMode } from './evaluation-modes.ts';

export interface Look {
  readonly mode: EvaluationMode;
  /** Shorter sides to rescale to; the mode's own where there are none. */
  readonly scales?: readonly number[];
}

/** A scale beyond this many crops only blows the image up. */
const largestScale = 4;
/** Labels of each image that are kept; top-5 needs five. */
const mostLabels = 10;

/**
 * The process for one bundle.
 *
 * @throws UsageError `bad_scales`; `not_all_scores` where a mode needs the scores of all classes and the bundle's graphs
 * give the best few; `not_for_cuda`
 */
export function evaluationEngine(
  bundle: Bundle,
  { mode, scales }: Look,
  on: Omit<EngineRequirements, 'features' | 'batch'>,
): EngineConfig {
  if (mode === 'center') {
    if (scales !== undefined) {
      throw new UsageError(
        'bad_scales',
        'center takes the scale that label takes; --scales is for other modes',
      );
    }
    return engineConfig(bundle, { ...on, features: false });
  }
  const { provider, cores, imageMemoryBytes, stores, limits } = on;
  if (provider !== 'cpu') {
    throw new UsageError('not_for_cuda', `${mode} runs on the CPU only; center runs on CUDA too`);
  }
  const { preprocessing, classes } = bundle.manifest;
  const { crop } = preprocessing;
  const wrong = scales?.find((scale) => scale < crop || scale > largestScale * crop);
  if (wrong !== undefined) {
    const range = `from ${crop} (its input) to ${largestScale * crop}`;
    throw new UsageError('bad_scales', `scale ${wrong} is none for ${bundle.name}: name scales ${range}`);
  }
  return {
    bundle: { folder: bundle.folder, graph: graphFor(bundle, mode), graphBatch: null, preprocessing },
    provider,
    views: { mode, scales: scales ?? defaultScales(mode, preprocessing) },
    topK: Math.min(mostLabels, classes.length),
    ...cpuEngineSize(cores, crop),
    trySizes: [],
    imageMemoryBytes,
    stores,
    limits,
  };
}

function graphFor({ name, manifest }: Bundle, mode: ViewMode): string {
  const graph = allClassesGraph(manifest);
  if (graph === undefined) {
    throw new UsageError(
      'not_all_scores',
      `${mode} averages the scores of all classes, and ${name} gives only the best ${manifest.k} of ${manifest.classes.length}: it has no dense graph; use --mode center`,
    );
  }
  if (mode === 'dense' && graph.kind !== 'dense') {
    throw new UsageError('not_all_scores', `${name} has no dense graph: use another mode`);
  }
  return graph.file;
}

/** How each image was looked at, for the report. */
export interface Looked {
  readonly mode: Look['mode'];
  readonly scales: readonly number[];
  /** Of each image. */
  readonly views: number;
}

export function lookedOf({ bundle, views: plan }: EngineConfig): Looked {
  const { resize, crop } = bundle.preprocessing;
  if (plan === undefined) return { mode: 'center', scales: [resize], views: 1 };
  const { mode, scales } = plan;
  return { mode, scales, views: scales.length * viewsOf(mode, crop, crop, crop).length };
}
