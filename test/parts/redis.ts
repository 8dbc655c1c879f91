/** A real redis-server of one test: append-only file on, killable, and gone with the test process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';
import { type TemporaryFolder, temporaryFolder } from './temp-folder.ts';

export class TestRedis implements AsyncDisposable {
  /** `redis://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  readonly #folder: TemporaryFolder;
  #child: ChildProcess;

  private constructor(folder: TemporaryFolder, port: number) {
    this.#folder = folder;
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
    this.#child = this.#spawn();
  }

  static async start(): Promise<TestRedis> {
    const redis = new TestRedis(await temporaryFolder(), await freePort());
    await redis.#answers();
    return redis;
  }

  /** As by `kill -9`; what was acknowledged is in the append-only file. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  /** Starts it again on the same port and file. */
  async restart(): Promise<void> {
    await this.kill();
    this.#child = this.#spawn();
    await this.#answers();
  }

  /** A connection for the test itself; the caller disconnects it. */
  connect(): Redis {
    return new Redis(this.url, { maxRetriesPerRequest: null });
  }

  #spawn(): ChildProcess {
    // `always`: what a test saw acknowledged is there after a kill.
    const server = `redis-server --port ${this.port} --bind 127.0.0.1 --dir ${this.#folder.path} --appendonly yes --appendfsync always --loglevel warning`;
    const args = [...server.split(' '), '--save', ''];
    // The kernel kills it when the test process dies, even by SIGKILL.
    return spawn('setpriv', ['--pdeathsig', 'KILL', ...args], { stdio: 'ignore' });
  }

  async #answers(): Promise<void> {
    const redis = new Redis(this.url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
    redis.on('error', () => {});
    await redis.ping();
    redis.disconnect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.#folder[Symbol.asyncDispose]();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
