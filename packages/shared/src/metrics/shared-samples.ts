/** Samples that workers and producers have in common. */
import type { QueueDepth } from '../redis/read-queue.ts';
import { type BottleneckStage, bottleneck, type Precision } from '../stages/bottleneck.ts';
import { type StageTotals, stagePlaces, stageSpans } from '../stages/stage-totals.ts';
import { type MetricSample, samplesBy } from './metric-family.ts';

const bottleneckStages = [
  'list',
  'queue',
  'fetch',
  'decode',
  'infer',
  'write',
  'none',
] as const satisfies BottleneckStage[];

export function stageSamples(totals: StageTotals): MetricSample[] {
  return samplesBy('stage', Object.fromEntries(stageSpans.map((stage) => [stage, totals[stage]])));
}

export function resourceSamples(totals: StageTotals): MetricSample[] {
  return samplesBy('resource', Object.fromEntries(stagePlaces.map((place) => [place, totals[place]])));
}

/** None where Redis does not answer: an old depth would be wrong. */
export function queueSamples(bundle: string, queue: QueueDepth | null): MetricSample[] {
  if (queue === null) return [];
  const { waiting, active, delayed } = queue;
  return samplesBy('state', { waiting, active, delayed }).map(({ labels, value }) => ({
    labels: { bundle, ...labels },
    value,
  }));
}

/** 0 for all stages where nothing was labelled. */
export function bottleneckSamples(totals: StageTotals, precision: Precision): MetricSample[] {
  const limit = bottleneck(totals, precision);
  return bottleneckStages.map((stage) => ({
    labels: { stage },
    value: limit?.stage === stage ? limit.share : 0,
  }));
}
