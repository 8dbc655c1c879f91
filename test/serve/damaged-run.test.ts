/** A run's folder that is damaged, among others that are not. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { labelmill, repository } from '../parts/labelmill.ts';
import { TestRedis } from '../parts/redis.ts';
import { Serving } from '../parts/serve.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

it('is named with what is wrong, and the other runs are shown, watched and their queues too', async () => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  const out = join(folder.path, 'runs');
  const env = { REDIS_URL: redis.url, XDG_CACHE_HOME: join(folder.path, 'cache') };
  const enqueue = async (): Promise<string> => {
    const args = ['enqueue', join(repository, 'examples/photos'), '--out', out, '--json'];
    return JSON.parse((await labelmill(args, { env })).stdout).run;
  };
  const good = await enqueue();
  const damaged = await enqueue();
  await writeFile(join(out, damaged, 'run.json'), '{');
  const empty = '20200101-000000000-empty';
  await mkdir(join(out, empty));

  await using serving = await Serving.start(out, { env });
  const { runs, unreadable } = await serving.get('/api/runs');
  expect(runs).toMatchObject([{ id: good, state: 'running', images: 15 }]);
  expect(unreadable).toEqual([
    { id: damaged, message: expect.stringMatching(/run\.json is damaged/) },
    { id: empty, message: expect.stringMatching(/holds no run\.json/) },
  ]);
  const problem = await serving.fetch(`/api/runs/${damaged}`);
  expect(problem.headers.get('content-type')).toContain('application/problem+json');
  expect(await problem.json()).toMatchObject({ status: 500, code: 'broken_run' });
  expect((await serving.get('/api/queues')).queues).toMatchObject([{ name: 'vgg-mini-fp32', waiting: 2 }]);
  // The damaged one is in work too, by its ledger, and comes first.
  await expect
    .poll(async () => (await serving.get(`/api/runs/${good}/samples`)).samples[0], { timeout: 30_000 })
    .toMatchObject({ done: 0, error: 0 });
});
