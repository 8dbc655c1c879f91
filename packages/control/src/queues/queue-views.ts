/** The queues that runs here use, and the workers on them, by what those say of themselves. */
import { redisOptions } from '@labelmill/shared/redis/connection';
import { keyPrefix } from '@labelmill/shared/redis/queue';
import { readQueue } from '@labelmill/shared/redis/read-queue';
import { readReports } from '@labelmill/shared/redis/worker-reports';
import type { WorkerReport } from '@labelmill/shared/schema/worker-report';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { QueueView } from '../api-schema.ts';
import { HttpProblem } from '../problem.ts';

export class QueueViews implements AsyncDisposable {
  readonly #redis: Redis;
  readonly #redisUrl: string;
  readonly #queues = new Map<string, Queue>();

  constructor(redis: Redis, redisUrl: string) {
    this.#redis = redis;
    this.#redisUrl = redisUrl;
  }

  get all(): readonly Queue[] {
    return [...this.#queues.values()];
  }

  /** @param names of bundles: each has one queue. Those of workers that are there come with them. */
  async view(names: Iterable<string>): Promise<QueueView[]> {
    const reports = await readReports(this.#redis);
    const all = new Set([...names, ...reports.map(({ bundle }) => bundle)]);
    return Promise.all(
      [...all].sort().map((name) =>
        this.#view(
          name,
          reports.filter(({ bundle }) => bundle === name),
        ),
      ),
    );
  }

  queue(name: string): Queue {
    const queue =
      this.#queues.get(name) ??
      new Queue(name, { connection: redisOptions(this.#redisUrl), prefix: keyPrefix });
    if (!this.#queues.has(name)) {
      queue.on('error', () => {
        // The connection comes back by itself; calls made meanwhile wait for it.
      });
      this.#queues.set(name, queue);
    }
    return queue;
  }

  async #view(name: string, workers: WorkerReport[]): Promise<QueueView> {
    this.queue(name);
    const depth = await readQueue(this.#redis, name);
    if (depth === null) throw new HttpProblem(502, 'redis_unreachable', 'Redis does not answer');
    const { waiting, active, delayed } = depth;
    const failed = await this.#redis.zcard(`${keyPrefix}:${name}:failed`);
    return { name, waiting, active, delayed, failed, workers };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.all.map((queue) => queue.close()));
  }
}
