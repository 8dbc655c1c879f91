/** An output that cannot be written any more is an outage: no image is to blame, and the run goes on when it is mended. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { records, runFolders } from '../parts/records.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

it('a run whose folder cannot be written in the middle of it waits, spends no attempt, and completes', async () => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: repository };
  const out = join(folder.path, 'runs');
  const photos = join(repository, 'examples/photos');
  const enqueued = await labelmill(['enqueue', photos, '--out', out, '--chunk-size', '4', '--json'], { env });
  const { run } = JSON.parse(enqueued.stdout);
  const [path = ''] = await runFolders(out);
  // A file where the folder of the parts belongs: ENOTDIR, which is `output_unwritable`, a UsageError.
  await writeFile(join(path, 'labels'), '');
  await using worker = new LabelmillProcess(['worker'], { env });
  await worker.says('outage: one chunk is taken as a probe');
  expect(worker.output.stdout).toContain('output_unwritable');
  const connection = redis.connect();
  const jobs = await connection.keys(`labelmill:vgg-mini-fp32:${run}-*-g0`);
  expect(jobs).toHaveLength(4);
  for (const job of jobs) expect(await connection.hget(job, 'atm')).toBeNull();
  connection.disconnect();
  await rm(join(path, 'labels'));
  expect((await labelmill(['wait', run], { env })).status).toBe(0);
  expect((await records(path)).map(({ status }) => status)).toEqual(Array(15).fill('ok'));
});
