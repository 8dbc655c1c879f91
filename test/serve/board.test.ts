/** bull-board behind `labelmill serve`, over a Redis that gives each role its documented user. */
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { TestRedis } from '../parts/redis.ts';
import { documentedUser } from '../parts/redis-users.ts';
import { Serving } from '../parts/serve.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const queue = 'vgg-mini-fp32';
const late = 'late.jpg';

let stack: AsyncDisposableStack;
let admin: Redis;
let serving: Serving;
let workerEnv: NodeJS.ProcessEnv;
let serveUrl: string;
let source: string;
let folder: string;
let run: string;

beforeAll(async () => {
  stack = new AsyncDisposableStack();
  folder = stack.use(await temporaryFolder()).path;
  const redis = stack.use(await TestRedis.start());
  admin = stack.adopt(redis.connect(), (client) => client.disconnect());
  for (const name of ['labelmill', 'labelmill-serve'] as const)
    await admin.call('ACL', 'SETUSER', ...(await documentedUser(name, name)));
  const urlOf = (name: string) => `redis://${name}:${name}@127.0.0.1:${redis.port}`;
  const env = { LABELMILL_FILE_ROOTS: folder, XDG_CACHE_HOME: join(folder, 'cache') };
  workerEnv = { ...env, REDIS_URL: urlOf('labelmill') };
  serveUrl = urlOf('labelmill-serve');
  source = join(folder, 'photos.txt');
  await writeFile(source, ['cat.jpg', late].map((name) => `${join(folder, name)}\n`).join(''));
  await copyFile(join(repository, 'examples/photos/cat.jpg'), join(folder, 'cat.jpg'));
  const out = join(folder, 'runs');
  const at = ['--cron', '0 3 * * *', '--source', source, '--out', out];
  expect((await labelmill(['schedule', 'add', 'nightly', ...at], { env: workerEnv })).status).toBe(0);
  serving = stack.use(await Serving.start(out, { env: { ...env, REDIS_URL: serveUrl } }));
  const started = await post('/api/runs', { source, model: 'vgg-mini', chunkSize: 1 });
  ({ run } = (await started.json()) as { run: string });
  while ((await serving.get(`/api/runs/${run}`)).state !== 'running');
  await serving.get('/api/queues');
});
afterAll(() => stack?.disposeAsync());

async function post(path: string, body: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return serving.fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

it('shows queues, jobs, their logs and flows, rates and schedulers to the user that serve has', async () => {
  const [id = ''] = await admin.lrange(`labelmill:${queue}:wait`, 0, 0);
  // Where a parent waits for children, and in a state of its own each: views that go through other commands.
  const statuses = 'latest active waiting waiting-children prioritized completed failed delayed'.split(' ');
  for (const status of statuses) {
    const query = `activeQueue=${queue}&status=${status}&page=1&jobsPerPage=10`;
    const { queues } = await serving.get(`/board/api/queues?${query}`);
    const jobs = ['latest', 'waiting'].includes(status) ? 2 : 0;
    expect(queues, status).toMatchObject([{ name: queue, counts: { waiting: 2 }, readOnlyMode: true }]);
    expect(queues[0].jobs, status).toHaveLength(jobs);
  }
  expect(await serving.get(`/board/api/queues/${queue}/${id}`)).toMatchObject({
    job: { id },
    status: 'waiting',
  });
  expect(await serving.get(`/board/api/queues/${queue}/${id}/logs`)).toEqual([]);
  expect(await serving.get(`/board/api/queues/${queue}/${id}/flow`)).toMatchObject({
    flowRoot: { id, state: 'waiting', children: [] },
  });
  for (const [path, answer] of [
    [`queues/${queue}/metrics`, { completed: { count: 0 }, failed: { count: 0 } }],
    [`queues/${queue}/rate-limit`, { rateLimit: null }],
    [`queues/${queue}/default-job-options`, {}],
    [`queues/${queue}/job-data-schema`, {}],
    // On our own page, by their reports.
    [`queues/${queue}/workers`, { error: { key: 'ERRORS.WORKERS_DISABLED' } }],
    ['job-schedulers', { schedulers: [] }],
    ['redis/stats', { backend: 'redis' }],
  ] as const)
    expect(await serving.get(`/board/api/${path}`), path).toMatchObject(answer);
  // What the server refused, whoever swallowed the error.
  expect(await admin.call('ACL', 'LOG')).toEqual([]);
});

it('that would change a job or a queue is refused, and nothing has changed', async () => {
  const before = await admin.lrange(`labelmill:${queue}:wait`, 0, -1);
  const [id] = before;
  for (const [method, path] of [
    ['PUT', 'queues/pause'],
    ['PUT', 'queues/resume'],
    ['POST', `queues/${queue}/add`],
    ['PUT', `queues/${queue}/pause`],
    ['PUT', `queues/${queue}/empty`],
    ['PUT', `queues/${queue}/obliterate`],
    ['PUT', `queues/${queue}/clean/failed`],
    ['PUT', `queues/${queue}/retry/failed`],
    ['PUT', `queues/${queue}/promote`],
    ['PUT', `queues/${queue}/concurrency`],
    ['PUT', `queues/${queue}/rate-limit`],
    ['PUT', `queues/${queue}/rate-limit/release`],
    ['PUT', `queues/${queue}/job-schedulers/x/run`],
    ['PUT', `queues/${queue}/job-schedulers/x/remove`],
    ['PATCH', `queues/${queue}/job-schedulers/x`],
    ['PUT', `queues/${queue}/${id}/clean`],
    ['PUT', `queues/${queue}/${id}/retry`],
    ['PUT', `queues/${queue}/${id}/promote`],
    ['PUT', `queues/${queue}/${id}/remove-unprocessed-children`],
    ['PATCH', `queues/${queue}/${id}/update-data`],
    ['PATCH', `queues/${queue}/${id}/delay`],
    ['PATCH', `queues/${queue}/${id}/priority`],
  ] as const) {
    const headers = { 'content-type': 'application/json' };
    const response = await serving.fetch(`/board/api/${path}`, { method, headers, body: '{}' });
    expect(await response.json(), path).toMatchObject({ status: 405, code: 'read_only' });
  }
  expect(await admin.lrange(`labelmill:${queue}:wait`, 0, -1)).toEqual(before);
  expect(await admin.hexists(`labelmill:${queue}:meta`, 'paused')).toBe(0);
});

it('and every action of the page does with that user, who takes no job', async () => {
  const on = async (action: string, body: unknown = {}) => {
    const response = await post(`/api/runs/${run}/${action}`, body);
    expect(await response.json(), action).toMatchObject({ run });
  };
  await on('pause');
  await on('resume');
  await on('cancel');
  await on('resume');
  await using _worker = new LabelmillProcess(['worker'], { env: workerEnv });
  while ((await serving.get(`/api/runs/${run}`)).state !== 'complete');
  await copyFile(join(repository, 'examples/photos/cat.jpg'), join(folder, late));
  await on('retry', { errors: 'all' });
  while ((await serving.get(`/api/runs/${run}`)).ok !== 2);
  for (const action of ['pause', 'resume', 'run'])
    expect((await serving.fetch(`/api/schedules/nightly/${action}`, { method: 'POST' })).status).toBe(200);
  expect((await serving.get('/api/schedules')).schedules).toMatchObject([{ name: 'nightly', waiting: true }]);
  expect(await serving.get(`/api/scaling/${queue}`)).toMatchObject({ imagesLeft: 0 });
  expect(await admin.call('ACL', 'LOG')).toEqual([]);

  const user = new Redis(serveUrl, { maxRetriesPerRequest: null });
  for (const command of [
    ['BZPOPMIN', `labelmill:${queue}:marker`, '1'],
    ['RPOPLPUSH', `labelmill:${queue}:wait`, `labelmill:${queue}:active`],
    ['CLIENT', 'LIST'],
    ['FLUSHALL'],
    ['KEYS', '*'],
    ['SET', 'elsewhere', '1'],
  ] as [string, ...string[]][])
    await expect(user.call(...command)).rejects.toThrow(/NOPERM|can't access at least one of the keys/);
  user.disconnect();
});
