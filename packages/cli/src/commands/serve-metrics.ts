import { producerMetrics } from '@labelmill/producer/metrics/producer-metrics';
import type { Producer } from '@labelmill/producer/producer';
import { PageServer } from '@labelmill/shared/http/page-server';

/**
 * Answers `/metrics` while a producer is at work; nothing where no port is asked for.
 * @throws UsageError `port_unusable`
 */
export async function serveMetrics(port: number | undefined, producer: Producer): Promise<PageServer | null> {
  if (port === undefined) return null;
  const { metricsPage } = await import('@labelmill/shared/metrics/metrics-page');
  const page = metricsPage(producerMetrics, () => producer.snapshot());
  return PageServer.listen(port, '--metrics-port', async (path) => (path === '/metrics' ? page() : null));
}
