/** The probes of a worker and of a producer, as an orchestrator sees them. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { freePort } from '../parts/free-port.ts';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

it('a worker is ready when it is warmed up, alive while it works and while it waits, and stopped with 0', async () => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  const port = await freePort();
  const probe = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
  const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: repository };
  await using worker = new LabelmillProcess(['worker', '--health-port', String(port)], { env });
  // The first answers come before the engine is loaded.
  const answers: number[] = [];
  while (answers.at(-1) !== 200) {
    const answer = await probe('/readyz').catch(() => null);
    if (answer !== null) answers.push(answer);
    else await delay(10);
  }
  expect(answers[0]).toBe(503);
  await worker.says('"ready"');
  expect(await probe('/livez')).toBe(200);
  const photos = join(repository, 'examples/photos');
  const ended = await labelmill(['enqueue', photos, '--out', folder.path, '--wait'], { env });
  expect(ended.status).toBe(0);
  expect(await probe('/livez')).toBe(200);
  await redis.kill();
  // No answer from Redis is no reason to restart a worker.
  expect([await probe('/livez'), await probe('/readyz')]).toEqual([200, 200]);
  await redis.restart();
  worker.kill('SIGTERM');
  expect((await worker.ended).status).toBe(0);
});

it('a producer is ready when it takes schedules, also while Redis is away, and stopped with 0', async () => {
  await using redis = await TestRedis.start();
  const port = await freePort();
  const probe = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return [answer.status, (await answer.text()).trim()];
  };
  const env = { REDIS_URL: redis.url };
  await using producer = new LabelmillProcess(['producer', '--health-port', String(port)], { env });
  await producer.says('carrying out schedules');
  expect(await probe('/readyz')).toEqual([200, 'ready']);
  expect(await probe('/livez')).toEqual([200, 'alive']);
  await redis.kill();
  expect(await probe('/readyz')).toEqual([200, 'ready']);
  expect(await probe('/livez')).toEqual([200, 'alive']);
  await redis.restart();
  producer.kill('SIGTERM');
  expect((await producer.ended).status).toBe(0);
});

it.each(['worker', 'producer'])(
  'a port that is taken is one line of a %s, before anything is loaded',
  async (command) => {
    const server = createServer().listen(0);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const ended = await labelmill([command, '--health-port', String(port)]);
    expect(ended.status).toBe(2);
    expect(ended.stderr).toMatch(
      /^labelmill: --health-port \d+ cannot be used: .*EADDRINUSE.* \[port_unusable\]\n$/,
    );
    server.close();
  },
);

it.each([
  ['has just come back', true],
  ['is away', false],
])('a worker that is told to stop while Redis %s stops', async (_, back) => {
  await using redis = await TestRedis.start();
  await using worker = new LabelmillProcess(['worker'], { env: { REDIS_URL: redis.url } });
  await worker.says('"ready"');
  await redis.kill();
  await worker.says('ECONNREFUSED');
  if (back) await redis.restart();
  worker.kill('SIGTERM');
  expect((await worker.ended).status).toBe(0);
});
