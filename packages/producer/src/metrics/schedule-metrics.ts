/** What a producer that carries out schedules counts beside its runs. docs/metrics.md is the page for people. */
import { type MetricFamily, samplesBy } from '@labelmill/shared/metrics/metric-family';

/** How often a schedule that was due ended so, since the process started. */
export interface ScheduleTally {
  /** Its run is listed and enqueued. */
  listed: number;
  /** It was paused, missed or removed, or its run before had not ended. */
  left_out: number;
  /** Its run could not begin, or its listing ended with an error: the log says why. */
  failed: number;
  /** To another process, because this one was told to stop. */
  handed_back: number;
}

export const scheduleMetrics: readonly MetricFamily<{ readonly schedules: ScheduleTally }>[] = [
  {
    name: 'labelmill_schedules_total',
    help: 'Schedules that were due and came to this process, by how that ended.',
    type: 'counter',
    labels: ['end'],
    samples: ({ schedules }) => samplesBy('end', { ...schedules }),
  },
];
