/** A part that was damaged before its chunk was counted: the chunk waits, and is labelled again once it is removed. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { records, runFolders } from '../parts/records.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

it('costs no image and no attempt, and the log says what to do', async () => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: repository };
  const out = join(folder.path, 'runs');
  const photos = join(repository, 'examples/photos');
  const enqueued = await labelmill(['enqueue', photos, '--out', out, '--chunk-size', '4', '--json'], { env });
  const { run } = JSON.parse(enqueued.stdout);
  const [path = ''] = await runFolders(out);
  const part = join(path, 'labels/part-00000001.jsonl');
  await mkdir(join(path, 'labels'));
  await writeFile(part, '{"index":4,"uri":"file:///');
  await using worker = new LabelmillProcess(['worker'], { env });
  await worker.says('"broken_part"');
  expect(worker.output.stdout).toContain('part-00000001.jsonl, line 1, is not a record');
  expect(worker.output.stdout).toContain('remove the file, and its images are labelled again');
  const connection = redis.connect();
  expect(await connection.hget(`labelmill:vgg-mini-fp32:${run}-1-g0`, 'atm')).toBeNull();
  connection.disconnect();
  await rm(part);
  expect((await labelmill(['wait', run], { env })).status).toBe(0);
  expect((await records(path)).map(({ status }) => status)).toEqual(Array(15).fill('ok'));
  expect(worker.output.stdout).not.toContain('chunk failed');
  expect((await labelmill(['verify', path])).status).toBe(0);
});
