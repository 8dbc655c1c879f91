import { randomUUID } from 'node:crypto';
import { messageOf, UsageError } from '@labelmill/shared/errors';
import { redisOptions } from '@labelmill/shared/redis/connection';
import { keyPrefix } from '@labelmill/shared/redis/queue';
import { type JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import {
  controlQueue,
  type DueJob,
  failureField,
  failureSchema,
  type ScheduleFailure,
  scheduledRunsKey,
  schedulesKey,
} from './control-queue.ts';
import { requireSchedulable, type Schedule, scheduleSchema } from './schedule.ts';

/** One attempt: a death hands the job on as stalled, and what else fails is tried when the schedule is next due. */
const jobOptions = {
  removeOnComplete: { count: 100 },
  removeOnFail: { count: 100 },
} satisfies JobsOptions;

export interface ListedSchedule {
  readonly schedule: Schedule;
  /** When it is next due; null while it is paused. */
  readonly next: Date | null;
  /** Id of the run it began last; null where it began none. */
  readonly lastRun: string | null;
  /** Is it due, and no producer has taken that up yet? */
  readonly waiting: boolean;
  /** What kept its run from being listed when it was last due; null where nothing did. */
  readonly failure: ScheduleFailure | null;
}

/** The schedules of a Redis: what is due when, and for whom. `schedule-worker.ts` carries them out. */
export class Schedules implements AsyncDisposable {
  readonly #redis: Redis;
  readonly #queue: Queue<DueJob>;

  constructor(redis: Redis, redisUrl: string) {
    this.#redis = redis;
    this.#queue = new Queue(controlQueue, { connection: redisOptions(redisUrl), prefix: keyPrefix });
    this.#queue.on('error', () => {
      // The connection comes back by itself; calls made meanwhile wait for it.
    });
  }

  /** Adds a schedule, or replaces the one of its name. @throws UsageError `bad_schedule` · `bad_cron` */
  async add(schedule: Schedule): Promise<void> {
    requireSchedulable(schedule);
    if (!schedule.paused) await this.#plan(schedule);
    await this.#redis.hset(schedulesKey, schedule.name, JSON.stringify(schedule));
    if (schedule.paused) await this.#queue.removeJobScheduler(schedule.name);
  }

  /** @throws UsageError `unknown_schedule` */
  async get(name: string): Promise<Schedule> {
    const json = await this.#redis.hget(schedulesKey, name);
    if (json === null) {
      const message = `there is no schedule ${name}: "labelmill schedule list" names them`;
      throw new UsageError('unknown_schedule', message);
    }
    return scheduleSchema.parse(JSON.parse(json));
  }

  /** By name. */
  async list(): Promise<ListedSchedule[]> {
    const names = Object.keys(await this.#redis.hgetall(schedulesKey)).sort();
    const waiting = await this.#waiting();
    return Promise.all(
      names.map(async (name) => {
        const next = (await this.#queue.getJobScheduler(name))?.next;
        const failure = await this.#redis.hget(scheduledRunsKey, failureField(name));
        return {
          schedule: await this.get(name),
          next: next === undefined ? null : new Date(next),
          lastRun: await this.#redis.hget(scheduledRunsKey, name),
          waiting: waiting.has(name) || (next !== undefined && next < Date.now()),
          failure: failure === null ? null : failureSchema.parse(JSON.parse(failure)),
        };
      }),
    );
  }

  /** Pauses a schedule, or lets it go on. A run that it has begun is not touched. @throws UsageError `unknown_schedule` */
  async pause(name: string, paused: boolean): Promise<void> {
    await this.add({ ...(await this.get(name)), paused });
  }

  /** Makes it due now, also while it is paused. @throws UsageError `unknown_schedule` */
  async runNow(name: string): Promise<void> {
    await this.get(name);
    const due: DueJob = { schedule: name, manual: true };
    await this.#queue.add('due', due, { ...jobOptions, jobId: `${name}-now-${randomUUID()}` });
  }

  /** @throws UsageError `unknown_schedule` */
  async remove(name: string): Promise<void> {
    await this.get(name);
    await this.#queue.removeJobScheduler(name);
    await this.#redis.hdel(schedulesKey, name);
    await this.#redis.hdel(scheduledRunsKey, name, failureField(name));
  }

  /** Names of those that are due and that no producer has taken. BullMQ's own way to them needs more of Redis. */
  async #waiting(): Promise<Set<string | undefined>> {
    const ids = await this.#redis.lrange(`${keyPrefix}:${controlQueue}:wait`, 0, -1);
    const jobs = await Promise.all(ids.map((id) => this.#queue.getJob(id)));
    return new Set(jobs.map((job) => job?.data.schedule));
  }

  async #plan({ name, cron, timeZone }: Schedule): Promise<void> {
    const data: DueJob = { schedule: name, manual: false };
    try {
      const repeat = { pattern: cron, tz: timeZone };
      await this.#queue.upsertJobScheduler(name, repeat, { name: 'due', data, opts: jobOptions });
    } catch (cause) {
      throw new UsageError(
        'bad_cron',
        `"${cron}" is not a cron pattern (minute hour day month weekday, with seconds before them if wanted): ${messageOf(cause)}`,
        { cause },
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue.close();
  }
}
