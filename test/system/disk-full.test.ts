/** A disk that is full in the middle of a run costs time and nothing else. */
import { cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { checkAccount } from '../chaos/check-account.ts';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { runFolders } from '../parts/records.ts';
import { TestRedis } from '../parts/redis.ts';
import { SmallDisk } from '../parts/small-disk.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const count = 200;

it('a run whose disk is full waits, says so, spends no attempt, and completes once there is room', async ({
  skip,
}) => {
  await using disk = await SmallDisk.start(1_000_000);
  if (disk === null) return skip('no namespace can be made here');
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: folder.path };
  const source = join(folder.path, 'photos');
  await mkdir(source);
  const photos = join(repository, 'examples/photos');
  const names = (await readdir(photos)).filter((name) => name.endsWith('.jpg'));
  const paths = Array.from({ length: count }, (_, n) => join(source, `${String(n).padStart(4, '0')}.jpg`));
  for (const [n, path] of paths.entries()) await cp(join(photos, names[n % names.length] ?? ''), path);

  await using producer = new LabelmillProcess(
    ['enqueue', source, '--out', disk.path, '--chunk-size', '4', '--wait'],
    { env },
  );
  await producer.says('on queue');
  const [run = ''] = await runFolders(disk.path);
  await using worker = new LabelmillProcess(['worker'], { env });
  while ((await readdir(join(run, 'labels')).catch(() => [])).length < 3);
  await disk.fill();
  await worker.says('no more chunks are taken');
  expect(worker.output.stdout).toContain('"disk_full"');
  await worker.says('one chunk is taken as a probe');
  const attempts = await attemptsMade(redis);
  expect(attempts.size).toBeGreaterThan(0);
  expect([...attempts.values()].filter((made) => made !== null)).toEqual([]);
  await disk.free();
  expect((await producer.ended).status).toBe(0);
  const uris = paths.map((path) => pathToFileURL(path).href);
  const exact = { lost: 0, duplicated: 0, closed: true, ok: count, errors: {} };
  expect(await checkAccount(run, uris)).toEqual(exact);
  expect((await labelmill(['verify', run])).status).toBe(0);
  // Nothing half-written is left either.
  for (const name of await readdir(join(run, 'labels'))) {
    expect(await readFile(join(run, 'labels', name), 'utf8')).toMatch(/\}\n$/);
  }
});

/** BullMQ's count of each job's attempts; null where none was spent. */
async function attemptsMade(redis: TestRedis): Promise<Map<string, string | null>> {
  const connection = redis.connect();
  const jobs = (await connection.keys('labelmill:vgg-mini-fp32:*-g0')).filter(
    (key) => !key.endsWith(':lock'),
  );
  const made = new Map<string, string | null>();
  for (const job of jobs) made.set(job, await connection.hget(job, 'atm'));
  connection.disconnect();
  return made;
}
