/** The metrics of a producer: its runs, as their ledger has them. docs/metrics.md is the page for people. */
import type { Account } from '@labelmill/shared/ledger/account';
import type { MetricFamily, MetricSample } from '@labelmill/shared/metrics/metric-family';
import { bottleneckSamples, queueSamples, stageSamples } from '@labelmill/shared/metrics/shared-samples';
import type { QueueDepth } from '@labelmill/shared/redis/read-queue';
import { precisionOf } from '@labelmill/shared/stages/bottleneck';

export interface ProducerSnapshot {
  readonly redisAnswers: boolean;
  /** Runs that this process lists; none where Redis does not answer. */
  readonly runs: readonly RunSnapshot[];
  readonly queues: readonly { readonly bundle: string; readonly depth: QueueDepth | null }[];
  /** How often an outage has kept a run waiting, since the process started. */
  readonly outages: number;
}

export interface RunSnapshot {
  readonly id: string;
  readonly bundle: string;
  readonly account: Account;
}

/** Samples of each run, with the run's id as a label. */
function byRun(read: (run: RunSnapshot) => readonly MetricSample[]) {
  return ({ runs }: ProducerSnapshot): MetricSample[] =>
    runs.flatMap((run) =>
      read(run).map(({ labels, value }) => ({ labels: { run: run.id, ...labels }, value })),
    );
}

export const producerMetrics: readonly MetricFamily<ProducerSnapshot>[] = [
  {
    name: 'labelmill_run_listed_images',
    help: 'Images of the run that are listed so far.',
    type: 'gauge',
    labels: ['run'],
    samples: byRun(({ account }) => [{ value: account.images }]),
  },
  {
    name: 'labelmill_run_listed',
    help: '1 when the listing has ended.',
    type: 'gauge',
    labels: ['run'],
    samples: byRun(({ account }) => [{ value: account.listed ? 1 : 0 }]),
  },
  {
    name: 'labelmill_run_images',
    help: 'Images of the run that are counted, by outcome.',
    type: 'gauge',
    labels: ['run', 'outcome'],
    samples: byRun(({ account: { ok, error } }) => [
      { labels: { outcome: 'ok' }, value: ok },
      { labels: { outcome: 'error' }, value: error },
    ]),
  },
  {
    name: 'labelmill_run_chunks',
    help: 'Chunks of the run that are listed so far.',
    type: 'gauge',
    labels: ['run'],
    samples: byRun(({ account }) => [{ value: account.chunks }]),
  },
  {
    name: 'labelmill_run_done_chunks',
    help: 'Chunks of the run that are counted.',
    type: 'gauge',
    labels: ['run'],
    samples: byRun(({ account }) => [{ value: account.doneChunks }]),
  },
  {
    name: 'labelmill_run_paused',
    help: '1 while the run is paused.',
    type: 'gauge',
    labels: ['run'],
    samples: byRun(({ account }) => [{ value: account.state === 'paused' ? 1 : 0 }]),
  },
  {
    name: 'labelmill_run_stage_seconds',
    help: 'Where the time of the run went, over all its producers and workers, by stage.',
    type: 'gauge',
    labels: ['run', 'stage'],
    samples: byRun(({ account }) => stageSamples(account.stages)),
  },
  {
    name: 'labelmill_run_bottleneck_share',
    help: 'Busy share of what limits the run, over the whole of it; 0 for all other stages.',
    type: 'gauge',
    labels: ['run', 'stage'],
    samples: byRun(({ account, bundle }) => bottleneckSamples(account.stages, precisionOf(bundle))),
  },
  {
    name: 'labelmill_queue_chunks',
    help: "Chunks on the bundle's queue, the same from every process: take the maximum.",
    type: 'gauge',
    labels: ['bundle', 'state'],
    samples: ({ queues }) => queues.flatMap(({ bundle, depth }) => queueSamples(bundle, depth)),
  },
  {
    name: 'labelmill_redis_up',
    help: '1 while Redis answers.',
    type: 'gauge',
    labels: [],
    samples: ({ redisAnswers }) => [{ value: redisAnswers ? 1 : 0 }],
  },
  {
    name: 'labelmill_producer_outages_total',
    help: 'How often an outage of Redis or of a store has kept a run waiting.',
    type: 'counter',
    labels: [],
    samples: ({ outages }) => [{ value: outages }],
  },
];
