/** What a worker and a producer show to Prometheus, from their own ports. */
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freePort } from '../parts/free-port.ts';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { TestRedis } from '../parts/redis.ts';
import { scrape } from '../parts/scrape.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

it('a worker and a producer count the images, chunks, batches and bytes of a run, under the names that docs/metrics.md has', async () => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  const [workerPort, producerPort] = [await freePort(), await freePort()];
  const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: `${repository},${folder.path}` };
  const photos = join(repository, 'examples/photos');
  const names = (await readdir(photos)).filter((name) => name.endsWith('.jpg'));
  const broken = join(folder.path, 'broken.jpg');
  await writeFile(broken, 'no image');
  const listed = [...names.map((name) => join(photos, name)), broken, join(folder.path, 'missing.jpg')];
  await writeFile(join(folder.path, 'list.txt'), listed.join('\n'));
  const bytes = await Promise.all(listed.slice(0, -1).map(async (path) => (await stat(path)).size));

  const enqueue = ['enqueue', join(folder.path, 'list.txt'), '--out', folder.path, '--chunk-size', '5'];
  const metrics = ['--metrics-port', String(producerPort)];
  await using producer = new LabelmillProcess([...enqueue, '--wait', ...metrics], { env });
  await producer.says('run ');
  // Nobody labels yet, so the producer stays.
  const run = /run (\S+) on/.exec(producer.output.stderr)?.[1];
  const chunks = Math.ceil(listed.length / 5);
  const produced = await scrape(producerPort, (samples) =>
    samples.some(({ name, value }) => name === 'labelmill_run_listed' && value === 1),
  );
  const ofRun = (name: string, labels = {}) => produced.value(name, { run, ...labels });
  expect(ofRun('labelmill_run_listed_images')).toBe(listed.length);
  expect(ofRun('labelmill_run_images', { outcome: 'ok' })).toBe(0);
  expect(ofRun('labelmill_run_chunks')).toBe(chunks);
  expect(produced.value('labelmill_queue_chunks', { bundle: 'vgg-mini-fp32', state: 'waiting' })).toBe(
    chunks,
  );

  await using _worker = new LabelmillProcess(['worker', '--health-port', String(workerPort)], { env });
  expect((await producer.ended).status).toBe(3);
  const worked = await scrape(workerPort, () => true);
  expect(worked.value('labelmill_images_total', { outcome: 'ok' })).toBe(names.length);
  expect(worked.value('labelmill_images_total', { outcome: 'error' })).toBe(2);
  expect(worked.value('labelmill_image_errors_total', { code: 'not_found' })).toBe(1);
  expect(worked.value('labelmill_image_errors_total', { code: 'unsupported_format' })).toBe(1);
  expect(worked.value('labelmill_chunks_total', { end: 'done' })).toBe(chunks);
  expect(worked.value('labelmill_batch_images_total')).toBe(names.length);
  expect(worked.value('labelmill_batch_places_total')).toBeGreaterThanOrEqual(names.length);
  expect(worked.value('labelmill_fetched_bytes_total')).toBe(bytes.reduce((sum, size) => sum + size, 0));
  expect(worked.value('labelmill_stage_seconds_total', { stage: 'decode' })).toBeGreaterThan(0);
  expect(worked.value('labelmill_engine_restarts_total')).toBe(0);
  expect(worked.value('labelmill_queue_chunks', { bundle: 'vgg-mini-fp32', state: 'waiting' })).toBe(0);
  expect(worked.value('labelmill_redis_up')).toBe(1);
  expect(worked.value('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
  // One stage is named, with a share; the others have none.
  const shares = worked.samples.filter(({ name }) => name === 'labelmill_bottleneck_share');
  expect(shares.filter(({ value }) => value > 0)).toHaveLength(1);

  const documented = await documentedMetrics();
  const shown = [...worked.samples, ...produced.samples].map(({ name }) => name);
  const ofEnqueueAndWorker = shown.filter((name) => name.startsWith('labelmill_'));
  // The last is of a producer that carries out schedules.
  expect(documented).toEqual(new Set([...ofEnqueueAndWorker, 'labelmill_schedules_total']));

  await redis.kill();
  const away = await scrape(workerPort, () => true);
  expect(away.value('labelmill_redis_up')).toBe(0);
  expect(away.samples.some(({ name }) => name === 'labelmill_queue_chunks')).toBe(false);
});

it('a producer counts the schedules that it carries out, and shows their runs until they have ended and another begins', async () => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  const port = await freePort();
  const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: repository };
  const photos = join(repository, 'examples/photos');
  const schedule = async (...words: string[]) =>
    expect((await labelmill(['schedule', ...words], { env })).status).toBe(0);
  const add = (name: string, source: string) =>
    schedule('add', name, '--source', source, '--out', folder.path, '--cron', '0 3 * * *');
  await using _producer = new LabelmillProcess(['producer', '--health-port', String(port)], { env });
  const idle = await scrape(port, () => true);
  expect(idle.value('labelmill_redis_up')).toBe(1);
  const ended = (end: string, times: number) =>
    scrape(port, (samples) =>
      samples.some(
        ({ name, labels, value }) =>
          name === 'labelmill_schedules_total' && labels.end === end && value === times,
      ),
    );
  const runsOf = ({ samples }: Awaited<ReturnType<typeof scrape>>) =>
    samples.filter(({ name }) => name === 'labelmill_run_listed').map(({ labels }) => labels.run);

  await add('nightly', photos);
  await schedule('run', 'nightly');
  const listed = await ended('listed', 1);
  const [first] = runsOf(listed);
  expect(listed.value('labelmill_run_listed_images', { run: first })).toBe(15);
  // Its run has not ended: nobody labels.
  await schedule('run', 'nightly');
  await ended('left_out', 1);
  const gone = join(folder.path, 'gone');
  await mkdir(gone);
  await add('wrong', gone);
  await rm(gone, { recursive: true });
  await schedule('run', 'wrong');
  await ended('failed', 1);

  await using _worker = new LabelmillProcess(['worker'], { env });
  await labelmill(['wait', first ?? ''], { env });
  const done = await scrape(port, () => true);
  expect(done.value('labelmill_run_images', { run: first, outcome: 'ok' })).toBe(15);
  await schedule('run', 'nightly');
  const second = await ended('listed', 2);
  expect(runsOf(second)).toHaveLength(1);
  expect(runsOf(second)).not.toContain(first);

  const families = new Set(second.samples.map(({ name }) => name));
  const documented = await documentedMetrics();
  for (const name of families) if (name.startsWith('labelmill_')) expect(documented).toContain(name);
  await redis.kill();
  const away = await scrape(port, () => true);
  expect(away.value('labelmill_redis_up')).toBe(0);
  expect(away.value('labelmill_schedules_total', { end: 'listed' })).toBe(2);
});

async function documentedMetrics(): Promise<Set<string>> {
  const page = await readFile(join(repository, 'docs/metrics.md'), 'utf8');
  return new Set([...page.matchAll(/^\| `(labelmill_\w+)/gm)].map(([, name = '']) => name));
}
