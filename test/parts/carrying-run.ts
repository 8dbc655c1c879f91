/** Two runs of the example photos: the second carries all but one that was added, one that was changed and one broken. */
import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { labelmill, repository } from './labelmill.ts';

const photos = join(repository, 'examples/photos');

export interface CarryingRun {
  readonly source: string;
  readonly out: string;
  /** Ids; the first labelled what the second carries. */
  readonly first: string;
  readonly second: string;
}

/** Labels twice below a folder, the second time only what has changed. */
export async function makeCarryingRun(folder: string): Promise<CarryingRun> {
  const [source, out] = [join(folder, 'photos'), join(folder, 'runs')];
  await mkdir(source);
  for (const name of await readdir(photos))
    if (name.endsWith('.jpg')) await copyFile(join(photos, name), join(source, name));
  await labelmill(['label', source, '--out', out]);
  await copyFile(join(photos, 'cat.jpg'), join(source, 'added.jpg'));
  await rm(join(source, 'temple.jpg'));
  await copyFile(join(photos, 'dogs.jpg'), join(source, 'temple.jpg'));
  await copyFile(join(repository, 'test/fixtures/images/truncated.jpg'), join(source, 'truncated.jpg'));
  await labelmill(['label', source, '--out', out, '--only', 'changed']);
  const [first = '', second = ''] = (await readdir(out)).sort();
  return { source, out, first, second };
}
