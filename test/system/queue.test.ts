/** Over a real Redis: one producer, several workers, and what each command says of the run. */
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { allGone, descendant } from '../parts/process-tree.ts';
import { records, runFolders } from '../parts/records.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const photos = join(repository, 'examples/photos');

async function copies(folder: string, count: number): Promise<string> {
  const source = join(folder, 'photos');
  await mkdir(source, { recursive: true });
  const names = (await readdir(photos)).filter((name) => name.endsWith('.jpg'));
  for (let n = 0; n < count; n++)
    await cp(join(photos, names[n % names.length] ?? ''), join(source, `${n}.jpg`));
  return source;
}

const allOnce = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('over a queue', () => {
  it('two workers label a run that one producer enqueues, and every command tells the same', async () => {
    await using folder = await temporaryFolder();
    await using redis = await TestRedis.start();
    const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: folder.path };
    const source = await copies(folder.path, 200);
    const out = join(folder.path, 'runs');
    await using first = new LabelmillProcess(['worker'], { env });
    await using second = new LabelmillProcess(['worker'], { env });
    const enqueued = await labelmill(['enqueue', source, '--out', out, '--chunk-size', '16', '--json'], {
      env,
    });
    expect(enqueued.status).toBe(0);
    const { run, images } = JSON.parse(enqueued.stdout);
    expect(images).toBe(200);
    expect((await labelmill(['wait', run], { env })).status).toBe(0);
    const account = JSON.parse((await labelmill(['status', run, '--json'], { env })).stdout);
    // 200 images in chunks of 16 are 13 chunks
    expect(account).toMatchObject({
      state: 'complete',
      images: 200,
      ok: 200,
      error: 0,
      chunks: 13,
      doneChunks: 13,
      // Both workers' account: every image was read, decoded and inferred once.
      stages: { fetched: 200, decoded: 200, inferred: 200 },
      bottleneck: { line: expect.any(String) },
    });
    const { stages } = account;
    expect(stages.inferCores).toBeLessThanOrEqual(stages.cores);
    expect(stages.queueWait).toBeLessThanOrEqual(stages.wall);
    expect((await labelmill(['status', run], { env })).stdout).toContain(account.bottleneck.line);
    expect((await labelmill(['verify', run, '--out', out])).status).toBe(0);
    expect((await records(join(out, run))).map(({ index }) => index)).toEqual(allOnce(200));

    for (const worker of [first, second]) worker.kill('SIGTERM');
    expect((await first.ended).status).toBe(0);
    expect((await second.ended).status).toBe(0);
  });

  it('a worker that is told to stop hands back what it cannot finish, and the next one takes it', async () => {
    await using folder = await temporaryFolder();
    await using redis = await TestRedis.start();
    const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: folder.path, LABELMILL_DRAIN_MS: '0' };
    const source = await copies(folder.path, 240);
    const out = join(folder.path, 'runs');
    await using leaving = new LabelmillProcess(['worker'], { env });
    const enqueued = await labelmill(['enqueue', source, '--out', out, '--chunk-size', '60', '--json'], {
      env,
    });
    const { run } = JSON.parse(enqueued.stdout);
    const connection = redis.connect();
    while ((await connection.llen('labelmill:vgg-mini-fp32:active')) === 0);
    leaving.kill('SIGTERM');
    const ended = await leaving.ended;
    expect(ended.status).toBe(0);
    expect(ended.stdout).toContain('handed back: draining');
    const spent = await connection.hmget(`labelmill:vgg-mini-fp32:${run}-0-g0`, 'atm');
    connection.disconnect();
    expect(spent).toEqual([null]);

    await using staying = new LabelmillProcess(['worker'], { env: { ...env, LABELMILL_DRAIN_MS: '20000' } });
    expect((await labelmill(['wait', run], { env })).status).toBe(0);
    expect((await records(join(out, run))).map(({ index }) => index)).toEqual(allOnce(240));
    staying.kill('SIGTERM');
    expect((await staying.ended).status).toBe(0);
  });

  it('a cancelled run stops, and resume completes it', async () => {
    await using folder = await temporaryFolder();
    await using redis = await TestRedis.start();
    const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: folder.path };
    const source = await copies(folder.path, 60);
    const out = join(folder.path, 'runs');
    const enqueued = await labelmill(['enqueue', source, '--out', out, '--chunk-size', '16', '--json'], {
      env,
    });
    const { run, folder: runUri } = JSON.parse(enqueued.stdout);
    expect((await labelmill(['cancel', run], { env })).status).toBe(0);
    expect((await labelmill(['wait', run], { env })).status).toBe(1);
    await using _worker = new LabelmillProcess(['worker'], { env });
    expect((await labelmill(['resume', runUri, '--wait'], { env })).status).toBe(0);
    expect((await labelmill(['verify', runUri])).status).toBe(0);
  });

  it('a Redis that lost everything is filled again from the run folder', async () => {
    await using folder = await temporaryFolder();
    await using redis = await TestRedis.start();
    const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: folder.path };
    const source = await copies(folder.path, 90);
    const out = join(folder.path, 'runs');
    await labelmill(['enqueue', source, '--out', out, '--chunk-size', '16'], { env });
    const connection = redis.connect();
    await connection.flushall();
    connection.disconnect();
    const [run] = await runFolders(out);
    await using _worker = new LabelmillProcess(['worker'], { env });
    expect((await labelmill(['resume', run ?? '', '--wait'], { env })).status).toBe(0);
    expect((await records(run ?? '')).map(({ index }) => index)).toEqual(allOnce(90));
  });

  it('a worker of other weights leaves the run alone', async () => {
    await using folder = await temporaryFolder();
    await using redis = await TestRedis.start();
    const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: folder.path };
    const bundles = join(repository, 'packages/models/bundles');
    // The same files with another origin are another bundle of the same name.
    await cp(join(bundles, 'vgg-mini-fp32'), join(folder.path, 'models/vgg-mini-fp32'), { recursive: true });
    const manifest = join(folder.path, 'models/vgg-mini-fp32/model.json');
    const model = JSON.parse(await readFile(manifest, 'utf8'));
    model.provenance.origin = 'elsewhere';
    await writeFile(manifest, JSON.stringify(model));
    const source = await copies(folder.path, 16);
    await using other = new LabelmillProcess(['worker'], {
      env: { ...env, LABELMILL_MODELS: join(folder.path, 'models') },
    });
    const out = join(folder.path, 'runs');
    await labelmill(['enqueue', source, '--out', out, '--chunk-size', '16'], { env });
    await other.says('other_digest');
    await using _right = new LabelmillProcess(['worker'], { env });
    const [run] = await runFolders(out);
    const id = run?.slice(run.lastIndexOf('/') + 1) ?? '';
    other.kill('SIGTERM');
    expect((await labelmill(['wait', id], { env })).status).toBe(0);
    expect((await records(run ?? '')).every(({ status }) => status === 'ok')).toBe(true);
  });
});

describe('nothing survives its parent:', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'a worker that gets %s takes its engine with it',
    async (signal) => {
      await using redis = await TestRedis.start();
      await using worker = new LabelmillProcess(['worker'], { env: { REDIS_URL: redis.url } });
      await worker.says('"ready"');
      const engine = await descendant(worker.pid, 'engine/main');
      worker.kill(signal);
      await worker.ended;
      await allGone([engine.pid]);
    },
  );

  it('files outside the allowed roots are refused, not read', async () => {
    await using folder = await temporaryFolder();
    await using redis = await TestRedis.start();
    const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: join(folder.path, 'allowed') };
    await mkdir(join(folder.path, 'allowed'));
    await using _worker = new LabelmillProcess(['worker'], { env });
    const out = pathToFileURL(join(folder.path, 'runs')).href;
    const ended = await labelmill(['enqueue', photos, '--out', out, '--wait', '--json'], { env });
    expect(ended.status).toBe(3);
    expect(JSON.parse(ended.stdout)).toMatchObject({ ok: 0, errors: { uri_refused: 15 } });
  });
});
