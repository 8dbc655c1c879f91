/** The smallest sources there are. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { labelmill, repository } from '../parts/labelmill.ts';
import { records, runFolders } from '../parts/records.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

test('a source of one image is a run of one chunk, one part and one record', async () => {
  await using folder = await temporaryFolder();
  const image = join(repository, 'examples/photos/cat.jpg');
  expect((await labelmill(['label', image, '--out', folder.path])).status).toBe(0);
  const [run = ''] = await runFolders(folder.path);
  expect(await records(run)).toMatchObject([{ index: 0, status: 'ok', uri: `file://${image}` }]);
  const summary = JSON.parse(await readFile(join(run, 'summary.json'), 'utf8'));
  expect(summary).toMatchObject({ listed: 1, ok: 1, error: 0, chunks: 1 });
  expect(await readFile(join(run, '_SUCCESS'), 'utf8')).toBeDefined();
});

test('a manifest of nothing but blank lines and comments is refused, and leaves nothing behind', async () => {
  await using folder = await temporaryFolder();
  const manifest = join(folder.path, 'none.txt');
  await writeFile(manifest, '\n# no images yet\n\n');
  const out = join(folder.path, 'runs');
  const ended = await labelmill(['label', manifest, '--out', out]);
  expect(ended.status).toBe(2);
  expect(ended.stderr).toMatch(/^labelmill: no images in file:.* \[empty_source\]\n$/);
  expect(await runFolders(out)).toEqual([]);
});
