/** Workers and their engines, as they tell of themselves over a real Redis. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { descendant } from '../parts/process-tree.ts';
import { TestRedis } from '../parts/redis.ts';
import { Serving } from '../parts/serve.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

it('workers are shown with their engines while they live, and no longer', { timeout: 60_000 }, async () => {
  await using redis = await TestRedis.start();
  await using folder = await temporaryFolder();
  const photos = join(repository, 'examples/photos');
  const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: photos };
  await using serving = await Serving.start(folder.path, { env });
  // biome-ignore lint/suspicious/noExplicitAny: what comes back is what the tests look at
  const workers = async (are: (workers: any[]) => boolean): Promise<any[]> => {
    for (;;) {
      const { queues } = await serving.get('/api/queues');
      const found = queues[0]?.workers ?? [];
      if (are(found)) return found;
      // The server bounds the requests of a minute.
      await delay(20);
    }
  };
  await using stopped = new LabelmillProcess(['worker'], { env });
  const [idle] = await workers(({ length }) => length === 1);
  expect(idle).toMatchObject({
    ...{ bundle: 'vgg-mini-fp32', pid: stopped.pid, state: 'ready', images: { ok: 0, error: 0 } },
    engine: { state: 'running', restarts: 0, provider: 'cpu' },
    ...{ imagesPerSecond: null, batchFill: null, bottleneck: null },
  });

  await labelmill(['enqueue', photos, '--out', folder.path, '--wait'], { env });
  const [busy] = await workers(([worker]) => worker?.images.ok === 15);
  expect(busy.imagesPerSecond).toBeGreaterThan(0);
  expect(busy.batchFill).toBeGreaterThan(0);
  expect(busy.batchFill).toBeLessThanOrEqual(1);

  const engine = await descendant(stopped.pid, 'engine/main');
  process.kill(engine.pid, 'SIGKILL');
  const [restarted] = await workers(
    ([worker]) => worker?.engine.restarts === 1 && worker.engine.state === 'running',
  );
  expect(restarted).toMatchObject({ state: 'ready', images: { ok: 15, error: 0 } });

  await using killed = new LabelmillProcess(['worker'], { env });
  await workers(({ length }) => length === 2);
  stopped.kill('SIGTERM');
  await stopped.ended;
  expect(await workers(() => true)).toMatchObject([{ pid: killed.pid }]);
  // Nobody withdraws what it said: Redis forgets it.
  killed.kill('SIGKILL');
  await workers(({ length }) => length === 0);
});
