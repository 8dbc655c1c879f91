/** Kills the front of a Ceph, which speaks S3, and starts it again: what it acknowledged lies in the OSD behind it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { allGone } from './process-tree.ts';

export class CephGateway {
  readonly #folder: string;
  readonly #port: number;

  /** Of the Ceph that `startCeph` started. */
  constructor({ url, folder }: { readonly url: string; readonly folder: string }) {
    this.#folder = folder;
    this.#port = Number(new URL(url).port);
  }

  /** As by `kill -9`. */
  async kill(): Promise<void> {
    const pid = Number(await readFile(this.#pidFile, 'utf8'));
    process.kill(pid, 'SIGKILL');
    await allGone([pid]);
  }

  /** As start-s3.sh does, which also ends it. */
  async start(): Promise<void> {
    const args = ['-c', join(this.#folder, 'ceph.conf'), '-n', 'client.rgw', '-f'];
    const child = spawn('radosgw', args, { stdio: 'ignore', detached: true });
    await writeFile(this.#pidFile, `${child.pid}\n`);
    child.unref();
    while (!(await this.#answers())) await delay(20);
  }

  get #pidFile(): string {
    return join(this.#folder, 'rgw.pid');
  }

  async #answers(): Promise<boolean> {
    const socket = connect(this.#port, '127.0.0.1');
    const answers = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    return answers;
  }
}
