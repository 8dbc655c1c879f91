/** Schedules: each time one is due, one of the producers begins one run. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { controlQueue } from '@labelmill/producer/schedule/control-queue';
import { readDueJobs } from '@labelmill/producer/schedule/due-jobs';
import { redisOptions } from '@labelmill/shared/redis/connection';
import { keyPrefix } from '@labelmill/shared/redis/queue';
import { Queue } from 'bullmq';
import { expect, it } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { runFolders } from '../parts/records.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const photos = join(repository, 'examples/photos');
const begins = 'schedule begins';
const count = (text: string, of: string) => text.split(of).length - 1;

/** Resolves when the processes have said it so often, all together. */
async function say(processes: readonly LabelmillProcess[], text: string, times: number): Promise<void> {
  const said = () =>
    processes.reduce((sum, { output }) => sum + count(output.stdout + output.stderr, text), 0);
  while (said() < times) {
    await new Promise<void>((resolve) => {
      for (const { child } of processes) child.stdout?.once('data', () => resolve());
      for (const { child } of processes) child.stderr?.once('data', () => resolve());
    });
  }
}

it('is due twice by a cron of seconds, with two producers: exactly one run each time', async () => {
  await using redis = await TestRedis.start();
  await using folder = await temporaryFolder();
  const env = { REDIS_URL: redis.url };
  const out = join(folder.path, 'runs');
  await using first = new LabelmillProcess(['producer'], { env });
  await using second = new LabelmillProcess(['producer'], { env });
  const both = [first, second];
  await Promise.all(both.map((each) => each.says('carrying out schedules')));
  const asked = [
    '--cron',
    '*/2 * * * * *',
    '--tz',
    'Europe/Berlin',
    '--source',
    photos,
    '--out',
    out,
    '--format',
    'parquet',
  ];
  const added = await labelmill(['schedule', 'add', 'often', ...asked, '--overlap', 'allow'], { env });
  expect(added.stdout).toContain('often: next ');
  await say(both, 'schedule listed', 2);
  expect((await labelmill(['schedule', 'pause', 'often'], { env })).status).toBe(0);
  const connection = redis.connect();
  const busy = async () =>
    (await connection.llen('labelmill:control:wait')) + (await connection.llen('labelmill:control:active'));
  while ((await busy()) > 0);
  connection.disconnect();
  for (const each of both) each.kill('SIGTERM');
  const ended = await Promise.all(both.map((each) => each.ended));
  expect(ended.map(({ status }) => status)).toEqual([0, 0]);

  const lines = ended
    .flatMap(({ stdout, stderr }) => (stdout + stderr).split('\n'))
    .filter((line) => line.includes(begins));
  const begun = lines.map((line) => JSON.parse(line) as { run: string; due: string });
  const runs = await runFolders(out);
  expect(begun.map(({ run }) => join(out, run)).sort()).toEqual(runs);
  for (const run of runs)
    expect(JSON.parse(await readFile(join(run, 'run.json'), 'utf8')).partFormat).toBe('parquet');
  // Every even second is one run's, and no two runs have the same.
  expect(new Set(begun.map(({ due }) => due)).size).toBe(runs.length);
  expect(begun.every(({ due }) => new Date(due).getUTCSeconds() % 2 === 0)).toBe(true);
  expect(runs.length).toBeGreaterThanOrEqual(2);
  for (const run of runs) expect(await readdir(join(run, 'manifest'))).toContain('listed.json');
});

it('is paused, run by hand, listed and removed; overlaps are left out', async () => {
  await using redis = await TestRedis.start();
  await using folder = await temporaryFolder();
  const env = { REDIS_URL: redis.url };
  const out = join(folder.path, 'runs');
  const schedule = (...words: string[]) => labelmill(['schedule', ...words], { env });
  const asked = ['--cron', '0 3 * * *', '--tz', 'Europe/Berlin', '--source', photos, '--out', out];
  await schedule('add', 'nightly', ...asked, '--only', 'changed');
  await schedule('pause', 'nightly');
  const listed = async () => JSON.parse((await schedule('list', '--json')).stdout);
  expect(await listed()).toMatchObject([{ name: 'nightly', paused: true, next: null, lastRun: null }]);
  await schedule('resume', 'nightly');
  const [{ next }] = await listed();
  const berlin = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', timeStyle: 'short' });
  expect(berlin.format(new Date(next))).toBe('03:00');

  await using producer = new LabelmillProcess(['producer'], { env });
  await schedule('run', 'nightly');
  await producer.says('schedule listed');
  // No worker labels anything: the first run has not ended.
  await schedule('run', 'nightly');
  await producer.says('schedule left out');
  const runs = await runFolders(out);
  expect(runs).toHaveLength(1);
  expect(await listed()).toMatchObject([
    { lastRun: JSON.parse(await readFile(join(runs[0] ?? '', 'run.json'), 'utf8')).id },
  ]);
  expect((await schedule('remove', 'nightly')).status).toBe(0);
  expect(await listed()).toEqual([]);
  const gone = await schedule('run', 'nightly');
  expect(gone.stderr).toContain('[unknown_schedule]');
  expect(gone.status).toBe(2);
});

it('waits for a producer once it is due, whether it waits on the queue or is still delayed there', async () => {
  await using redis = await TestRedis.start();
  const connection = redis.connect();
  const queue = new Queue(controlQueue, { connection: redisOptions(redis.url), prefix: keyPrefix });
  expect(await readDueJobs(connection)).toEqual({ waiting: 0, paused: false });
  await queue.add('due', {});
  // Due four seconds ago: a producer that takes jobs would move it to waiting.
  await queue.add('due', {}, { timestamp: Date.now() - 5000, delay: 1000 });
  await queue.add('due', {}, { delay: 3_600_000 });
  await queue.pause();
  expect(await queue.getJobCounts('wait', 'delayed')).toMatchObject({ delayed: 2 });
  expect(await readDueJobs(connection)).toEqual({ waiting: 2, paused: true });
  await queue.close();
  await redis.kill();
  expect(await readDueJobs(connection)).toBeNull();
  connection.disconnect();
});

it.each([
  ['--cron', 'at night', '[bad_cron]'],
  ['--tz', 'Europe/Atlantis', '[bad_schedule]'],
  ['--source', '-', '[bad_source]'],
])('with %s %s is refused', async (option, value, code) => {
  await using redis = await TestRedis.start();
  await using folder = await temporaryFolder();
  const good: Record<string, string> = { '--cron': '0 3 * * *', '--tz': 'UTC', '--source': photos };
  const asked = Object.entries({ ...good, [option]: value }).flat();
  const args = ['schedule', 'add', 'nightly', ...asked, '--out', folder.path];
  const { stderr, status } = await labelmill(args, { env: { REDIS_URL: redis.url } });
  expect(stderr).toContain(code);
  expect(status).toBe(2);
});
