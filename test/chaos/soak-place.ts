/** Where a round of the soak reads and writes: files. `soak-s3.ts` has the other place. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runFolders } from '../parts/records.ts';
import { type SoakSource, writePhotos, writeUris } from './soak-source.ts';

export interface SoakPlace extends SoakSource {
  /** Folder of the runs, as commands take it. */
  readonly out: string;
  /** What the commands need to reach it. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs that got as far as a run.json, as commands take them. */
  runs(): Promise<string[]>;
  partsOf(run: string): Promise<number>;
  /** The run's folder on this machine. */
  onDisk(run: string): Promise<string>;
  /** Kills what keeps it, and starts it again after so long. */
  kill(downMs: number): Promise<void>;
}

export async function filesPlace(folder: string, realEngine: boolean, images: number): Promise<SoakPlace> {
  const out = join(folder, 'runs');
  return {
    ...(await (realEngine ? writePhotos : writeUris)(folder, images)),
    out,
    env: { LABELMILL_FILE_ROOTS: folder },
    async runs() {
      const found: string[] = [];
      for (const run of await runFolders(out)) {
        const begun = await stat(join(run, 'run.json')).catch(() => null);
        if (begun !== null) found.push(run);
      }
      return found;
    },
    async partsOf(run) {
      const names = await readdir(join(run, 'labels')).catch(() => []);
      return names.filter((name) => name.startsWith('part-')).length;
    },
    onDisk: async (run) => run,
    kill: () => Promise.reject(new Error('a disk cannot be killed')),
  };
}
