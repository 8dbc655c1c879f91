/** A run that workers label, as the API tells of it while it goes on. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { TestRedis } from '../parts/redis.ts';
import { runEvents } from '../parts/run-events.ts';
import { Serving } from '../parts/serve.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

describe('a run in work', () => {
  it('is told of by events until it is complete, with its counts and the time of its stages', async () => {
    await using redis = await TestRedis.start();
    await using folder = await temporaryFolder();
    const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: join(repository, 'examples') };
    const photos = join(repository, 'examples/photos');
    await labelmill(['enqueue', photos, '--out', folder.path, '--chunk-size', '4'], { env });
    await using serving = await Serving.start(folder.path, { env });
    const { runs, redis: live } = await serving.get('/api/runs');
    expect(live).toBe(true);
    expect(runs[0]).toMatchObject({ state: 'running', images: 15, ok: 0, error: 0 });

    const events = runEvents(serving, runs[0].id);
    const first = await events.next();
    expect(first.value.run).toMatchObject({ state: 'running', ok: 0 });
    await using _worker = new LabelmillProcess(['worker'], { env });
    let last = first.value;
    for await (const event of events) {
      last = event;
      if (event.run.state === 'complete') break;
    }
    expect(last.run).toMatchObject({ ok: 15, error: 0, images: 15, errors: [] });
    expect(last.sample).toMatchObject({ done: 15 });
    expect(last.run.stages.decode).toBeGreaterThan(0);
  });
});
