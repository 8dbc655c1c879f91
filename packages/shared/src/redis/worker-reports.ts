/**
 * What each worker says of itself, for whoever shows workers: a key that Redis forgets soon after its worker has fallen
 * silent, and the set of their names. Nothing is decided by it.
 */
import type { Redis } from 'ioredis';
import { type WorkerReport, workerReportSchema } from '../schema/worker-report.ts';
import { keyPrefix } from './queue.ts';

/** A report counts for this long; workers send one more often. */
export const reportLifeMs = 10_000;

const workersKey = `${keyPrefix}-workers`;
const workerKey = (id: string) => `${keyPrefix}-worker:${id}`;

export async function publishReport(redis: Redis, report: WorkerReport): Promise<void> {
  await redis
    .multi()
    .sadd(workersKey, report.id)
    .set(workerKey(report.id), JSON.stringify(report), 'PX', reportLifeMs)
    .exec();
}

/** Of a worker that ends. */
export async function withdrawReport(redis: Redis, id: string): Promise<void> {
  await redis.multi().srem(workersKey, id).del(workerKey(id)).exec();
}

/** Of all workers that are there, by host and start. Names of those that are gone are forgotten on the way. */
export async function readReports(redis: Redis): Promise<WorkerReport[]> {
  const ids = await redis.smembers(workersKey);
  const texts = await Promise.all(ids.map((id) => redis.get(workerKey(id))));
  const gone = ids.filter((_, place) => texts[place] === null);
  if (gone.length > 0) await redis.srem(workersKey, ...gone);
  return texts
    .flatMap((text) => {
      const report = workerReportSchema.safeParse(parsed(text));
      return report.success ? [report.data] : [];
    })
    .sort((a, b) => (`${a.host} ${a.started}` < `${b.host} ${b.started}` ? -1 : 1));
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}
