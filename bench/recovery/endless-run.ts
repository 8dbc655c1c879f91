/** A run that is longer than anything that happens to it: the example photos over and over, in files, with vgg-mini. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Ledger } from '@labelmill/shared/ledger/ledger';
import type { Redis } from 'ioredis';
import { LabelmillProcess } from '../../test/parts/labelmill.ts';
import { TestRedis } from '../../test/parts/redis.ts';
import { temporaryFolder } from '../../test/parts/temp-folder.ts';
import { examples, photoManifest } from './photo-manifest.ts';

/** More than any machine labels in the time. */
const listed = 300_000;
export const queueKey = 'labelmill:vgg-mini-fp32';
const lookMs = 20;

export class EndlessRun implements AsyncDisposable {
  readonly redis: TestRedis;
  readonly connection: Redis;
  readonly #env: Readonly<Record<string, string>>;
  readonly #stack: AsyncDisposableStack;
  readonly #id: string;

  private constructor(
    redis: TestRedis,
    connection: Redis,
    env: Readonly<Record<string, string>>,
    id: string,
    stack: AsyncDisposableStack,
  ) {
    this.redis = redis;
    this.connection = connection;
    this.#env = env;
    this.#id = id;
    this.#stack = stack;
  }

  static async start(chunkSize: number): Promise<EndlessRun> {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(await temporaryFolder());
    const redis = stack.use(await TestRedis.start());
    const env = {
      REDIS_URL: redis.url,
      LABELMILL_FILE_ROOTS: examples,
      LABELMILL_OUTSTANDING_CHUNKS: '64',
      LABELMILL_DRAIN_MS: '0',
    };
    const manifest = await photoManifest(folder.path, listed);
    const args = ['enqueue', manifest, '--out', join(folder.path, 'runs'), '--chunk-size', String(chunkSize)];
    const producer = stack.use(new LabelmillProcess([...args, '--wait'], { env }));
    await producer.says('on queue');
    const connection = redis.connect();
    // Redis goes away here.
    connection.on('error', () => {});
    stack.defer(() => connection.disconnect());
    const [id = ''] = await new Ledger(connection).runs(1);
    return new EndlessRun(redis, connection, env, id, stack.move());
  }

  /** Resolves when it takes chunks; it goes with the run. */
  async worker(): Promise<LabelmillProcess> {
    const worker = this.#stack.use(new LabelmillProcess(['worker'], { env: this.#env }));
    await worker.says('"ready"');
    return worker;
  }

  /** Counted so far. */
  async images(): Promise<number> {
    const account = await new Ledger(this.connection).account(this.#id);
    return (account?.ok ?? 0) + (account?.error ?? 0);
  }

  /** Waits until so many are counted. */
  async reaches(images: number): Promise<void> {
    while ((await this.images()) < images) await delay(lookMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }
}
