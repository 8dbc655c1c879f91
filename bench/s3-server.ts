/** The tests' real S3 (a Ceph on this machine) for a bench, and the CPU time it takes from the machine. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { S3Store } from '@labelmill/shared/store/s3-store';
import pMap from 'p-map';
import { type Ceph, cephAt, startCeph } from '../test/parts/ceph.ts';

/** Of utime and stime in /proc/PID/stat: Linux reports them in hundredths of a second on every architecture Node has. */
const ticksPerSecond = 100;

export class S3Server {
  readonly ceph: Ceph;
  readonly #folder: string;

  private constructor(ceph: Ceph, folder: string) {
    this.ceph = ceph;
    this.#folder = folder;
  }

  /** It ends with this process. */
  static async start(): Promise<S3Server> {
    process.stderr.write('starting Ceph\n');
    const { url, folder } = await startCeph(process.pid);
    return new S3Server(cephAt(url), folder);
  }

  /** Puts files into a bucket of their own and names their URIs, in the same order. */
  async put(files: readonly string[]): Promise<string[]> {
    const bucket = await this.ceph.freshBucket();
    await using store = new S3Store(this.ceph.config, 8);
    return pMap(
      files,
      async (file) => {
        const uri = `s3://${bucket}/${basename(file)}`;
        await store.replace(uri, await readFile(file));
        return uri;
      },
      { concurrency: 8 },
    );
  }

  /** User and system time of all its processes so far, in seconds. */
  async cpuSeconds(): Promise<number> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith('.pid'));
    const times = await Promise.all(
      names.map(async (name) => cpuOf(await readFile(join(this.#folder, name), 'utf8'))),
    );
    return times.reduce((sum, time) => sum + time, 0);
  }
}

/** Fields 14 and 15 of proc_pid_stat(5); the second, a name in brackets, may hold spaces. */
async function cpuOf(pid: string): Promise<number> {
  const stat = await readFile(`/proc/${pid.trim()}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return (user! + system!) / ticksPerSecond;
}
