import { afterEach, beforeEach, expect, it } from 'vitest';
import { textPage } from '../http/page-server.ts';
import { HealthServer } from './health-server.ts';
import type { WorkFacts } from './stuck.ts';

const port = 39_417;
let server: HealthServer;
let now: number;
let facts: WorkFacts;

beforeEach(async () => {
  now = 0;
  facts = {
    redisAnswers: true,
    waiting: 2,
    queuePaused: false,
    freeSlots: 1,
    outage: false,
    draining: false,
    taken: 0,
  };
  server = await HealthServer.listen(port, 60_000, () => now);
});
afterEach(() => server[Symbol.asyncDispose]());

async function probe(path: string) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  return [answer.status, (await answer.text()).trim()];
}

it('is alive but not ready while the engine warms up', async () => {
  expect(await probe('/livez')).toEqual([200, 'starting']);
  expect(await probe('/readyz')).toEqual([503, 'starting']);
});

it('is ready when it is warmed up, until it is told to stop', async () => {
  server.ready({ facts: async () => facts }, async () => textPage(200, 'labelmill_x 1'));
  expect(await probe('/readyz')).toEqual([200, 'ready']);
  facts = { ...facts, draining: true };
  expect(await probe('/readyz')).toEqual([503, 'stopping']);
  expect(await probe('/livez')).toEqual([200, 'alive']);
});

it('is not alive when it has taken nothing for too long although work waits, and is again when it takes some', async () => {
  server.ready({ facts: async () => facts }, async () => textPage(200, 'labelmill_x 1'));
  expect(await probe('/livez')).toEqual([200, 'alive']);
  now = 59_000;
  expect(await probe('/livez')).toEqual([200, 'alive']);
  now = 60_000;
  expect(await probe('/livez')).toEqual([503, '2 jobs wait, and none was taken for 60 s']);
  facts = { ...facts, taken: 1 };
  expect(await probe('/livez')).toEqual([200, 'alive']);
});

it('shows its metrics from when it is ready', async () => {
  expect(await probe('/metrics')).toEqual([503, 'starting']);
  server.ready({ facts: async () => facts }, async () => textPage(200, 'labelmill_x 1'));
  expect(await probe('/metrics')).toEqual([200, 'labelmill_x 1']);
});

it('knows no other path', async () => {
  expect(await probe('/')).toEqual([404, 'not found']);
});

it('says in one line that its port is taken', async () => {
  await expect(HealthServer.listen(port, 1)).rejects.toMatchObject({ code: 'port_unusable' });
});
