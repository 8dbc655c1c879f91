/** The metrics of a worker. docs/metrics.md is the page for people; a test compares the two. */
import { imageErrorCodes } from '@labelmill/shared/errors';
import { type MetricFamily, samplesBy } from '@labelmill/shared/metrics/metric-family';
import {
  bottleneckSamples,
  queueSamples,
  resourceSamples,
  stageSamples,
} from '@labelmill/shared/metrics/shared-samples';
import type { QueueDepth } from '@labelmill/shared/redis/read-queue';
import type { Precision } from '@labelmill/shared/stages/bottleneck';
import { RecentStages } from '@labelmill/shared/stages/recent-stages';
import type { StageTotals } from '@labelmill/shared/stages/stage-totals';
import type { BreakerState } from '../supervisor/breaker.ts';
import type { WorkTally } from '../supervisor/work-tally.ts';

/** What a worker knows of itself at a scrape. */
export interface WorkerSnapshot {
  readonly tally: WorkTally;
  readonly stages: StageTotals;
  /** Null while Redis does not answer. */
  readonly queue: QueueDepth | null;
  readonly chunksInWork: number;
  /** Chunks it may hold at a time. */
  readonly chunkPlaces: number;
  readonly breaker: BreakerState;
}

/** The time that a worker's bottleneck is read from. */
const recentMs = 60_000;

/** @param bundle name of the bundle that the worker serves */
export function workerMetrics(bundle: string, precision: Precision): MetricFamily<WorkerSnapshot>[] {
  const recent = new RecentStages(recentMs);
  const counter = (name: string, help: string, read: (snapshot: WorkerSnapshot) => number) =>
    ({
      name,
      help,
      type: 'counter',
      labels: [],
      samples: (now) => [{ value: read(now) }],
    }) as const satisfies MetricFamily<WorkerSnapshot>;
  const gauge = (name: string, help: string, read: (snapshot: WorkerSnapshot) => number) =>
    ({ ...counter(name, help, read), type: 'gauge' }) as const;
  return [
    {
      name: 'labelmill_images_total',
      help: 'Images that ended in this worker; those of a chunk that goes back come again.',
      type: 'counter',
      labels: ['outcome'],
      samples: ({ tally }) => samplesBy('outcome', tally.images),
    },
    {
      name: 'labelmill_image_errors_total',
      help: 'Of the images that ended as errors, by the code of their record.',
      type: 'counter',
      labels: ['code'],
      samples: ({ tally }) =>
        Object.keys(imageErrorCodes).map((code) => ({ labels: { code }, value: tally.errors[code] ?? 0 })),
    },
    {
      name: 'labelmill_chunks_total',
      help: 'Chunks that this worker took, by how its hold on them ended.',
      type: 'counter',
      labels: ['end'],
      samples: ({ tally }) => samplesBy('end', tally.chunks),
    },
    gauge('labelmill_chunks_in_work', 'Chunks that this worker holds.', (now) => now.chunksInWork),
    gauge('labelmill_chunk_places', 'Chunks that it may hold at a time.', (now) => now.chunkPlaces),
    {
      name: 'labelmill_stage_seconds_total',
      help: 'Where the time went, by stage; places add up, so more than one second a second.',
      type: 'counter',
      labels: ['stage'],
      samples: ({ stages }) => stageSamples(stages),
    },
    {
      name: 'labelmill_resource_seconds_total',
      help: 'Seconds that a resource was there: cores, places for fetches and for chunks.',
      type: 'counter',
      labels: ['resource'],
      samples: ({ stages }) => resourceSamples(stages),
    },
    counter('labelmill_fetched_bytes_total', 'Bytes of images read.', ({ stages }) => stages.fetchedBytes),
    counter('labelmill_batches_total', 'Inference calls.', ({ stages }) => stages.batches),
    counter('labelmill_batch_images_total', 'Images in them.', ({ stages }) => stages.inferred),
    counter(
      'labelmill_batch_places_total',
      'Images they would have held, had each been full.',
      ({ stages }) => stages.batchPlaces,
    ),
    counter('labelmill_engine_restarts_total', 'Engines started after the first.', ({ tally }) =>
      Math.max(0, tally.engineStarts - 1),
    ),
    gauge(
      'labelmill_breaker_open',
      '1 while an outage keeps the worker from taking chunks.',
      ({ breaker }) => (breaker === 'closed' ? 0 : 1),
    ),
    gauge('labelmill_redis_up', '1 while Redis answers.', ({ queue }) => (queue === null ? 0 : 1)),
    {
      name: 'labelmill_queue_chunks',
      help: "Chunks on the bundle's queue, the same from every process: take the maximum.",
      type: 'gauge',
      labels: ['bundle', 'state'],
      samples: ({ queue }) => queueSamples(bundle, queue),
    },
    {
      name: 'labelmill_bottleneck_share',
      help: 'Busy share of what limited this worker in the last minute; 0 for all other stages.',
      type: 'gauge',
      labels: ['stage'],
      samples: ({ stages }) => bottleneckSamples(recent.since(stages), precision),
    },
  ];
}
