/** A manifest that names images more than once: as many records by default, or one of each. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LabelmillProcess, labelmill, repository } from '../parts/labelmill.ts';
import { records, runFolders } from '../parts/records.ts';
import { TestRedis } from '../parts/redis.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

const photo = (name: string) => join(repository, 'examples/photos', `${name}.jpg`);
const lines = ['cat', 'dogs', 'cat', 'fig', 'dogs', 'cat', 'drum'].map(photo);
const ends = (found: { uri: string }[]) => found.map(({ uri }) => uri.replace(/^.*\/(.*)\.jpg$/, '$1'));

it('every line is a record by default, and every image with --dedupe', async () => {
  await using folder = await temporaryFolder();
  const manifest = join(folder.path, 'list.txt');
  await writeFile(manifest, lines.join('\n'));
  const [all, once] = [join(folder.path, 'all'), join(folder.path, 'once')];
  const env = { LABELMILL_FILE_ROOTS: repository };
  const whole = JSON.parse((await labelmill(['label', manifest, '--out', all, '--json'], { env })).stdout);
  expect(whole).toMatchObject({ listed: 7, ok: 7 });
  expect(whole.duplicates).toBeUndefined();

  const ended = await labelmill(['label', manifest, '--out', once, '--dedupe', '--json'], { env });
  expect(ended.status).toBe(0);
  expect(JSON.parse(ended.stdout)).toMatchObject({ listed: 4, ok: 4, duplicates: 3 });
  const [run = ''] = await runFolders(once);
  expect(ends(await records(run))).toEqual(['cat', 'dogs', 'fig', 'drum']);
  expect(JSON.parse(await readFile(join(run, 'manifest/listed.json'), 'utf8'))).toMatchObject({
    images: 4,
    duplicates: 3,
  });
  expect((await labelmill(['verify', run])).status).toBe(0);
});

it('a producer that dies between its segments leaves out the same duplicates when it goes on', async () => {
  await using folder = await temporaryFolder();
  await using redis = await TestRedis.start();
  const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: repository };
  const manifest = join(folder.path, 'list.txt');
  await writeFile(manifest, lines.join('\n'));
  const out = join(folder.path, 'runs');
  const killed = await labelmill(['enqueue', manifest, '--out', out, '--dedupe', '--chunk-size', '1'], {
    env: { ...env, LABELMILL_CRASH_AT: 'chunks-added' },
  });
  expect(killed.signal).toBe('SIGKILL');
  await using _worker = new LabelmillProcess(['worker'], { env });
  const [run = ''] = await runFolders(out);
  const ended = await labelmill(['resume', run, '--wait', '--json'], { env });
  expect(JSON.parse(ended.stdout)).toMatchObject({ listed: 4, ok: 4, duplicates: 3 });
  expect(ends(await records(run))).toEqual(['cat', 'dogs', 'fig', 'drum']);
});
