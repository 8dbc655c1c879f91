/** The queues that runs here use, and the workers that wait on them. */
import { redisOptions } from '@labelmill/shared/redis/connection';
import { keyPrefix } from '@labelmill/shared/redis/queue';
import { Queue } from 'bullmq';
import type { QueueView } from '../api-schema.ts';

export class QueueViews implements AsyncDisposable {
  readonly #redisUrl: string;
  readonly #queues = new Map<string, Queue>();

  constructor(redisUrl: string) {
    this.#redisUrl = redisUrl;
  }

  get all(): readonly Queue[] {
    return [...this.#queues.values()];
  }

  /** @param names of bundles: each has one queue */
  async view(names: Iterable<string>): Promise<QueueView[]> {
    return Promise.all([...new Set(names)].sort().map((name) => viewOf(name, this.queue(name))));
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

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.all.map((queue) => queue.close()));
  }
}

async function viewOf(name: string, queue: Queue): Promise<QueueView> {
  const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'failed');
  // Redis may forbid CLIENT LIST to this user.
  const clients = await queue.getWorkers().catch(() => null);
  const workers =
    clients?.map(({ addr = '', age = '0', idle = '0' }) => ({
      address: addr,
      connectedSeconds: Number(age),
      idleSeconds: Number(idle),
    })) ?? null;
  const { waiting = 0, active = 0, delayed = 0, failed = 0 } = counts;
  return { name, waiting, active, delayed, failed, workers };
}
