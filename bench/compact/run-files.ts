import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface LocalFile {
  readonly path: string;
  readonly bytes: number;
}

/** Files of a run's folder in the order of their names, without those of `compact` itself. */
export async function filesIn(folder: string): Promise<LocalFile[]> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith('_')).sort();
  return Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      return { path, bytes: (await stat(path)).size };
    }),
  );
}
