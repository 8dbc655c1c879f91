/** What changes runs, over the real Redis, with a real worker. */
import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { Serving } from '../parts/serve.ts';
import { ServedFolder } from '../parts/served-folder.ts';
import type { TemporaryFolder } from '../parts/temp-folder.ts';

let folder: TemporaryFolder;
let served: ServedFolder;
let serving: Serving;
let source: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  served = await ServedFolder.open();
  ({ folder, serving, env } = served);
  source = join(folder.path, 'photos');
  await mkdir(source);
  for (const name of await readdir(join(repository, 'examples/photos')))
    if (name.endsWith('.jpg')) await copyFile(join(repository, 'examples/photos', name), join(source, name));
});
afterAll(() => served?.[Symbol.asyncDispose]());

async function post(path: string, body?: unknown) {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await serving.fetch(path, {
    method: 'POST',
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: what comes back is what the tests look at
  return { status: response.status, answer: (await response.json()) as any };
}

async function until(run: string, state: string) {
  for (;;) {
    const view = await serving.get(`/api/runs/${run}`);
    if (view.state === state) return view;
  }
}

describe('a run', () => {
  it('is started, paused, cancelled, resumed, labelled to its end and retried from the API', async () => {
    const lost = join(folder.path, 'lost.jpg');
    const started = await post('/api/runs', { source, model: 'vgg-mini', chunkSize: 4, format: 'parquet' });
    expect(started.status).toBe(201);
    const { run } = started.answer;
    expect(await until(run, 'running')).toMatchObject({ images: 15, ok: 0, actions: ['pause', 'cancel'] });

    expect((await post(`/api/runs/${run}/pause`)).status).toBe(200);
    expect(await until(run, 'paused')).toMatchObject({ actions: ['resume', 'cancel'] });
    await post(`/api/runs/${run}/resume`);
    await until(run, 'running');
    await post(`/api/runs/${run}/cancel`);
    await until(run, 'cancelled');
    // Gone while the run stands still: one error record, which a retry mends.
    await copyFile(join(source, 'cat.jpg'), lost);
    await rm(join(source, 'cat.jpg'));
    await post(`/api/runs/${run}/resume`);

    await using _worker = new LabelmillProcess(['worker'], { env });
    expect(await until(run, 'complete')).toMatchObject({ ok: 14, error: 1, actions: ['retry'] });
    // The job that finished the run, and the worker's first report, may come a moment after the run is complete.
    await expect
      .poll(async () => (await serving.get('/api/queues')).queues, { timeout: 20_000 })
      .toMatchObject([
        { name: 'vgg-mini-fp32', waiting: 0, active: 0, failed: 0, workers: [expect.anything()] },
      ]);
    expect((await post(`/api/runs/${run}/pause`)).answer).toMatchObject({
      status: 409,
      code: 'already_complete',
    });

    await copyFile(lost, join(source, 'cat.jpg'));
    expect((await post(`/api/runs/${run}/retry`, { errors: 'not_found' })).answer).toEqual({
      run,
      images: 1,
    });
    expect(await until(run, 'complete')).toMatchObject({ ok: 15, error: 0, actions: [] });
    const parts = await readdir(join(folder.path, 'runs', run, 'labels'));
    expect(parts).toEqual([0, 1, 2, 3].map((seq) => `part-0000000${seq}.parquet`));
    const verified = await labelmill(['verify', join(folder.path, 'runs', run), '--json']);
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: 15, error: 0, complete: true, differences: [] });
  });
});

describe('a run that is to label only what has changed', () => {
  const shots = () => join(folder.path, 'shots');
  const start = (body: object) =>
    post('/api/runs', { source: shots(), model: 'vgg-mini', chunkSize: 4, ...body });

  it('is compared with the newest complete run of its source, or with the one that is named, as on the command line', async () => {
    await mkdir(shots());
    for (const name of ['cat.jpg', 'dogs.jpg', 'coffee.jpg'])
      await copyFile(join(repository, 'examples/photos', name), join(shots(), name));
    const first = (await start({ only: 'changed' })).answer;
    expect(first).toMatchObject({ against: null, note: expect.stringContaining('no complete run') });
    // It is not complete yet.
    expect(await start({ against: first.run })).toMatchObject({
      status: 409,
      answer: { code: 'not_complete' },
    });

    await using _worker = new LabelmillProcess(['worker'], { env });
    expect(await until(first.run, 'complete')).toMatchObject({ images: 3, ok: 3, carried: 0 });
    await copyFile(join(repository, 'examples/photos/temple.jpg'), join(shots(), 'temple.jpg'));
    const second = (await start({ only: 'changed' })).answer;
    expect(second).toMatchObject({ against: first.run });
    expect(await until(second.run, 'complete')).toMatchObject({
      ...{ images: 4, ok: 1, carried: 3, against: first.run },
    });
    const named = (await start({ against: first.run })).answer;
    expect(named).toMatchObject({ against: first.run });
    expect(await until(named.run, 'complete')).toMatchObject({ images: 4, ok: 1, carried: 3 });
    const other = (await start({ only: 'changed', topK: 3 })).answer;
    expect(other).toMatchObject({ against: null, note: expect.stringContaining('5 labels for each image') });
    expect(await until(other.run, 'complete')).toMatchObject({ images: 4, ok: 4, carried: 0, against: null });
    const verified = await labelmill(['verify', join(folder.path, 'runs', second.run), '--json']);
    expect(JSON.parse(verified.stdout)).toMatchObject({ listed: 4, carried: 3, differences: [] });
  });

  it('is compared with no run outside the server’s folder', async () => {
    const elsewhere = join(folder.path, 'elsewhere');
    await labelmill(['label', source, '--out', elsewhere]);
    const [run = ''] = await readdir(elsewhere);
    const answers = [];
    for (const against of [
      run,
      join(elsewhere, run),
      `../elsewhere/${run}`,
      `file://${elsewhere}/${run}/`,
      '',
    ])
      answers.push((await start({ only: 'changed', against })).status);
    expect(answers).toEqual([404, 400, 400, 400, 400]);
    expect((await start({ only: 'new' })).status).toBe(400);
  });

  it('is in the API’s own description', async () => {
    const { paths } = await serving.get('/api/openapi.json');
    const body = paths['/api/runs'].post.requestBody.content['application/json'].schema;
    expect(body.properties).toMatchObject({ only: { enum: ['changed'] }, against: { type: 'string' } });
  });
});

describe('a request to start a run', () => {
  it('that names no bundle, no source, standard input or a place of its own is refused', async () => {
    const codes = [];
    for (const body of [
      { source, model: 'no-such-model' },
      { source: join(folder.path, 'nowhere'), model: 'vgg-mini' },
      { source: '-', model: 'vgg-mini' },
      { source: 'relative/path', model: 'vgg-mini' },
      { source, model: '../../etc' },
      { source, model: 'vgg-mini', output: '/tmp' },
      { source, model: 'vgg-mini', chunkSize: 10_000_000 },
      { source, model: 'vgg-mini', format: 'csv' },
    ])
      codes.push((await post('/api/runs', body)).status);
    expect(codes).toEqual(Array(8).fill(400));
  });

  it('is refused when its body is too large, whatever it says of its length', async () => {
    const large = JSON.stringify({ source: 'x'.repeat(70_000), model: 'vgg-mini' });
    const plain = await serving.fetch('/api/runs', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: large,
    });
    expect(plain.status).toBe(413);
    const streamed = await serving.fetch('/api/runs', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Blob([large]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect(streamed.status).toBe(413);
    expect(await streamed.json()).toMatchObject({ status: 413 });
  });

  it('from the form of another site is no request: no cookie, and no JSON', async () => {
    const form = await fetch(`${serving.origin}/api/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://elsewhere.example' },
      body: 'source=/etc&model=vgg-mini',
    });
    expect(form.status).toBe(401);
    const withToken = await serving.fetch('/api/runs', {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: JSON.stringify({ source, model: 'vgg-mini' }),
    });
    expect([400, 415]).toContain(withToken.status);
    const preflight = await fetch(`${serving.origin}/api/runs`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://elsewhere.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('bull-board', () => {
  it('shows jobs to whoever has the token, and nothing to anyone else', async () => {
    await post('/api/runs', { source, model: 'vgg-mini' });
    await serving.get('/api/queues');
    const page = await (await fetch(`${serving.origin}/board/`)).text();
    expect(page).toContain('/page/board-token.js');
    expect(page).not.toMatch(/googleapis/);
    expect((await fetch(`${serving.origin}/board/api/queues`)).status).toBe(401);
    expect((await fetch(`${serving.origin}/board//api/queues`)).status).not.toBe(200);
    expect((await fetch(`${serving.origin}/board/%61pi/queues`)).status).not.toBe(200);
    expect((await serving.get('/board/api/queues')).queues).toMatchObject([
      { name: 'vgg-mini-fp32', readOnlyMode: true },
    ]);
  });
});

describe('without a Redis', () => {
  it('there is nothing to do but to look', async () => {
    await using alone = await Serving.start(join(folder.path, 'runs'), {
      env: { XDG_CACHE_HOME: join(folder.path, 'cache') },
    });
    const { runs, redis: has } = await alone.get('/api/runs');
    expect(has).toBe(false);
    expect((await alone.get(`/api/runs/${runs[0].id}`)).actions).toEqual([]);
    const refused = await alone.fetch(`/api/runs/${runs[0].id}/cancel`, { method: 'POST' });
    expect(await refused.json()).toMatchObject({ status: 409, code: 'no_redis' });
  });
});
