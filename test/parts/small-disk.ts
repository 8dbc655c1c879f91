/** A file system of a few hundred kilobytes, in memory, that can be filled and freed. Linux only, like CI. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type TemporaryFolder, temporaryFolder } from './temp-folder.ts';

export class SmallDisk implements AsyncDisposable {
  /** Seen by every process, though the mount is in a namespace of its own. */
  readonly path: string;
  readonly #holder: ChildProcess;
  readonly #folder: TemporaryFolder;

  private constructor(holder: ChildProcess, folder: TemporaryFolder) {
    this.#holder = holder;
    this.#folder = folder;
    this.path = `/proc/${holder.pid}/root${folder.path}`;
  }

  /** Null where this user may make no namespace of his own. */
  static async start(bytes: number): Promise<SmallDisk | null> {
    const folder = await temporaryFolder();
    // The mount goes with the namespace, and that with the last process in it, whose standard input is this process.
    const script = `mount -t tmpfs -o size=${bytes} none ${folder.path} && echo ready && exec cat`;
    const holder = spawn('unshare', ['--user', '--map-root-user', '--mount', 'sh', '-c', script], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const disk = new SmallDisk(holder, folder);
    const first = await Promise.race([once(holder.stdout, 'data'), once(holder, 'close')]);
    if (String(first[0]).startsWith('ready')) return disk;
    await folder[Symbol.asyncDispose]();
    return null;
  }

  /** Takes all the room that is left. */
  async fill(): Promise<void> {
    await using ballast = await open(this.#ballast, 'a');
    const piece = Buffer.alloc(4096);
    try {
      for (;;) await ballast.write(piece);
    } catch (error) {
      if ((error as { code?: string }).code !== 'ENOSPC') throw error;
    }
  }

  async free(): Promise<void> {
    await rm(this.#ballast);
  }

  get #ballast(): string {
    return join(this.path, 'ballast');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#holder.kill('SIGKILL');
    await once(this.#holder, 'close');
    await this.#folder[Symbol.asyncDispose]();
  }
}
