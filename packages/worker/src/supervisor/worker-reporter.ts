import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { publishReport, withdrawReport } from '@labelmill/shared/redis/worker-reports';
import type { WorkerReport } from '@labelmill/shared/schema/worker-report';
import type { Redis } from 'ioredis';

/** What changes while a worker runs. */
export type WorkerStatus = Omit<WorkerReport, 'id' | 'host' | 'pid' | 'started'>;

const everyMs = 2_000;
/** A worker that ends does not wait for a Redis that is away. */
const withdrawWithinMs = 500;

/** Says in Redis every two seconds how a worker is, until it is disposed. */
export class WorkerReporter implements AsyncDisposable {
  readonly #redis: Redis;
  readonly #describe: () => WorkerStatus;
  readonly #self = {
    id: `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`,
    host: hostname(),
    pid: process.pid,
    started: new Date().toISOString(),
  };
  readonly #timer: NodeJS.Timeout;
  #publishing: Promise<void> | null = null;

  constructor(redis: Redis, describe: () => WorkerStatus) {
    this.#redis = redis;
    this.#describe = describe;
    this.#timer = setInterval(() => this.#publish(), everyMs).unref();
    this.#publish();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    if (this.#redis.status !== 'ready') return;
    await Promise.race([
      withdrawReport(this.#redis, this.#self.id).catch(() => {}),
      delay(withdrawWithinMs, undefined, { ref: false }),
    ]);
  }

  /** Calls to a Redis that is away wait: one at a time does. */
  #publish(): void {
    this.#publishing ??= publishReport(this.#redis, { ...this.#self, ...this.#describe() })
      .catch(() => {
        // The next one says the same, and more of it.
      })
      .finally(() => {
        this.#publishing = null;
      });
  }
}
