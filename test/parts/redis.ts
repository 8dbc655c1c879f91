/** A real redis-server of one test: append-only file on, killable, and gone with the test process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type TemporaryFolder, temporaryFolder } from './temp-folder.ts';

export interface TestRedisOptions {
  /** Speaks TLS alone, with this certificate, which is for 127.0.0.1. PEM. */
  readonly certificate?: { readonly key: string; readonly cert: string };
}

export class TestRedis implements AsyncDisposable {
  /** `redis://127.0.0.1:<port>`, or `rediss://…` */
  readonly url: string;
  readonly port: number;
  readonly #folder: TemporaryFolder;
  readonly #certificate: TestRedisOptions['certificate'];
  #child: ChildProcess;

  private constructor(folder: TemporaryFolder, port: number, { certificate }: TestRedisOptions) {
    this.#folder = folder;
    this.port = port;
    this.url = `${certificate === undefined ? 'redis' : 'rediss'}://127.0.0.1:${port}`;
    this.#certificate = certificate;
    this.#child = this.#spawn();
  }

  static async start(options: TestRedisOptions = {}): Promise<TestRedis> {
    const folder = await temporaryFolder();
    const { cert, key } = options.certificate ?? {};
    if (cert !== undefined) await writeFile(join(folder.path, 'cert.pem'), cert);
    if (key !== undefined) await writeFile(join(folder.path, 'key.pem'), key);
    const redis = new TestRedis(folder, await freePort(), options);
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

  /** Kills it and starts it again with nothing: no run, no queue, no lock. */
  async lose(): Promise<void> {
    await this.kill();
    await rm(join(this.#folder.path, 'appendonlydir'), { recursive: true });
    await this.restart();
  }

  /** A connection for the test itself; the caller disconnects it. */
  connect(): Redis {
    return new Redis(this.url, { maxRetriesPerRequest: null, ...this.#tls() });
  }

  #tls() {
    return this.#certificate === undefined ? {} : { tls: { ca: this.#certificate.cert } };
  }

  #spawn(): ChildProcess {
    // `always`: what a test saw acknowledged is there after a kill.
    const { path } = this.#folder;
    const port =
      this.#certificate === undefined
        ? `--port ${this.port}`
        : `--port 0 --tls-port ${this.port} --tls-auth-clients no --tls-cert-file ${path}/cert.pem --tls-key-file ${path}/key.pem`;
    const server = `redis-server ${port} --bind 127.0.0.1 --dir ${path} --appendonly yes --appendfsync always --loglevel warning`;
    const args = [...server.split(' '), '--save', ''];
    // The kernel kills it when the test process dies, even by SIGKILL.
    return spawn('setpriv', ['--pdeathsig', 'KILL', ...args], { stdio: 'ignore' });
  }

  async #answers(): Promise<void> {
    const redis = new Redis(this.url, {
      maxRetriesPerRequest: null,
      retryStrategy: () => 20,
      ...this.#tls(),
    });
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
