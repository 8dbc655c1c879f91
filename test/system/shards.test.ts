/** Images inside tar shards are labelled as they are outside of them. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { memberOf } from '@labelmill/shared/tar/member-uri';
import { expect, it } from 'vitest';
import { labelmill, repository } from '../parts/labelmill.ts';
import { records as recordsOf, runFolders } from '../parts/records.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';
import { expectShardAsFolder } from './shard-as-folder.ts';

const tar = (...args: string[]) => promisify(execFile)('tar', args);

it('a tar of images labels the same as the folder it was made of', () => expectShardAsFolder(60));

it('shards of a folder come in order; broken and missing images are records; what is no tar ends the command in one line', async () => {
  await using folder = await temporaryFolder();
  const shards = join(folder.path, 'shards');
  await mkdir(shards);
  await writeFile(join(folder.path, 'broken.jpg'), 'no image');
  const photos = join(repository, 'examples/photos');
  await tar('-cf', join(shards, 'b.tar'), '-C', photos, 'cat.jpg', '-C', folder.path, 'broken.jpg');
  await tar('-cf', join(shards, 'a.tar'), '-C', photos, 'dogs.jpg', 'CREDITS.md');
  await writeFile(join(shards, 'notes.txt'), 'no shard');
  const records = await label(shards, join(folder.path, 'out'), '--shards');
  expect(records.map(({ uri, status }) => [memberOf(uri).name, status])).toEqual([
    ['dogs.jpg', 'ok'],
    ['cat.jpg', 'ok'],
    ['broken.jpg', 'error'],
  ]);

  await writeFile(join(shards, 'c.tar'), (await readFile(join(shards, 'b.tar'))).subarray(0, 3_000));
  const ended = await labelmill(['label', join(shards, 'c.tar'), '--out', folder.path]);
  expect(ended.status).toBe(2);
  expect(ended.stderr).toMatch(/^labelmill: .*c\.tar is no tar archive .* at byte 0, .* \[bad_shard\]$/m);
});

async function label(source: string, out: string, ...options: string[]) {
  const ended = await labelmill(['label', source, '--out', out, '--json', ...options]);
  expect([0, 3]).toContain(ended.status);
  return recordsOf((await runFolders(out)).at(-1) ?? out);
}
