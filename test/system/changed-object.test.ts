/** What changes between listing and fetch is labelled as it is when it is fetched, and its record names that version. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { records, runFolders } from '../parts/records.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const expected = JSON.parse(await readFile(join(repository, 'test/fixtures/vgg-mini.expected.json'), 'utf8'))
  .photos as Record<string, { id: string }[]>;

it('a file', async () => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: folder.path };
  const [cat, rocket] = await Promise.all(
    ['cat.jpg', 'rocket.jpg'].map((name) => readFile(join(repository, 'examples/photos', name))),
  );
  const photo = join(folder.path, 'photo.jpg');
  await writeFile(photo, cat ?? '');
  const out = join(folder.path, 'runs');
  const enqueued = await labelmill(['enqueue', photo, '--out', out, '--top-k', '1', '--json'], { env });
  const listed = await stat(photo, { bigint: true });
  await writeFile(photo, rocket ?? '');
  const fetched = await stat(photo, { bigint: true });
  await using _worker = new LabelmillProcess(['worker'], { env });
  const { run } = JSON.parse(enqueued.stdout);
  expect((await labelmill(['wait', run], { env })).status).toBe(0);
  const [path = ''] = await runFolders(out);
  const [record] = await records(path);
  // What an independent implementation sees in the rocket, and not in the cat.
  expect(record).toMatchObject({ status: 'ok', labels: [{ id: expected['rocket.jpg']?.[0]?.id }] });
  expect(expected['cat.jpg']?.[0]?.id).not.toBe(expected['rocket.jpg']?.[0]?.id);
  expect(record?.version).toBe(`${fetched.size}-${fetched.mtimeNs}`);
  expect(record?.version).not.toBe(`${listed.size}-${listed.mtimeNs}`);
  expect((await labelmill(['verify', path])).status).toBe(0);
});
