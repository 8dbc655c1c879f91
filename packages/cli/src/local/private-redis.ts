/**
 * A redis-server of this process alone: on a Unix socket in a folder of this user, with an append-only file, so that it
 * can be killed at any time and comes back with what it had.
 *
 * A small shell guards it: it holds the other end of a pipe to us, and kills the server when the pipe breaks. So
 * whichever of us three is killed, no server stays behind.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, LabelmillError, UsageError } from '@labelmill/shared/errors';
import { connectRedis } from '@labelmill/shared/redis/connection';

const guard = `
exec 3<&0
"$@" 3<&- & pid=$!
( cat <&3 >/dev/null; kill -9 $pid 2>/dev/null ) &
exec 3<&-
wait $pid`;

export class PrivateRedis implements AsyncDisposable {
  readonly url: string;
  readonly #folder: string;
  #child: ChildProcess;
  #closing = false;

  private constructor(folder: string) {
    this.#folder = folder;
    this.url = `unix://${join(folder, 'redis.sock')}`;
    this.#child = this.#spawn();
  }

  /**
   * @param runtimeFolder short: a socket's path holds about 100 bytes
   * @throws UsageError `redis_missing` where there is no redis-server
   */
  static async start(runtimeFolder: string): Promise<PrivateRedis> {
    await mkdir(runtimeFolder, { recursive: true, mode: 0o700 });
    await chmod(runtimeFolder, 0o700);
    await assertInstalled();
    const redis = new PrivateRedis(await mkdtemp(join(runtimeFolder, 'r-')));
    try {
      (await connectRedis(redis.url, 10_000)).disconnect();
    } catch (error) {
      await redis[Symbol.asyncDispose]();
      throw new LabelmillError('redis_failed', 'the private redis-server did not start', { cause: error });
    }
    return redis;
  }

  #spawn(): ChildProcess {
    const settings = {
      port: '0',
      unixsocket: join(this.#folder, 'redis.sock'),
      unixsocketperm: '700',
      dir: this.#folder,
      save: '',
      appendonly: 'yes',
      'maxmemory-policy': 'noeviction',
      loglevel: 'warning',
    };
    const server = [
      'redis-server',
      ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    ];
    const child = spawn('sh', ['-c', guard, 'labelmill-redis', ...server], {
      // Its own process group: Ctrl-C in a terminal is for us, who still need it to drain.
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.once('exit', () => {
      child.stdin?.destroy();
      if (!this.#closing) this.#child = this.#spawn();
    });
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    const gone =
      this.#child.exitCode === null && this.#child.signalCode === null ? once(this.#child, 'exit') : null;
    this.#child.stdin?.destroy();
    await gone;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function assertInstalled(): Promise<void> {
  const child = spawn('redis-server', ['--version'], { stdio: 'ignore' });
  try {
    await once(child, 'exit');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw new UsageError(
      'redis_missing',
      'redis-server is not installed: apt-get install redis-server, or brew install redis',
    );
  }
}
