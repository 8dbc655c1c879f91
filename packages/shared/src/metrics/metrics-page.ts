/**
 * What a process measures, as Prometheus reads it. A process counts in plain numbers as it works; only a scrape turns
 * them into text. Import this module where a port asks for it, and nowhere else: it loads the client.
 */
import { Counter, collectDefaultMetrics, Gauge, Registry } from '@prometheus-io/client';
import type { Page } from '../http/page-server.ts';
import type { MetricFamily } from './metric-family.ts';

/**
 * The page of the families, and of the process itself: `process_*` and `nodejs_*`, the event loop's delay among them.
 * @param snapshot what the families read; taken once a scrape
 */
export function metricsPage<Snapshot>(
  families: readonly MetricFamily<Snapshot>[],
  snapshot: () => Promise<Snapshot>,
): () => Promise<Page> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const metrics = families.map((family) => {
    const { name, help, labels: labelNames, type } = family;
    const options = { name, help, labelNames: [...labelNames], registers: [registry] };
    return { family, metric: type === 'counter' ? new Counter(options) : new Gauge(options) };
  });
  return async () => {
    const now = await snapshot();
    // From here to the text nothing is awaited that another scrape could come between.
    for (const { family, metric } of metrics) {
      metric.reset();
      for (const { labels = {}, value } of family.samples(now)) metric.inc(labels, value);
    }
    return { status: 200, type: registry.contentType, body: await registry.metrics() };
  };
}
