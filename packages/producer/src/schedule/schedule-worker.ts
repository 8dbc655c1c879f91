/**
 * Carries out the schedules of a Redis, beside any number of others: BullMQ gives each job to one of them. A job's run
 * has its id before anything is written, so that whoever gets the job of one that died goes on with the same run.
 */
import { messageOf } from '@labelmill/shared/errors';
import type { WorkFacts } from '@labelmill/shared/health/stuck';
import { Ledger } from '@labelmill/shared/ledger/ledger';
import type { Logger } from '@labelmill/shared/logging';
import { closedInTime } from '@labelmill/shared/redis/closed-in-time';
import { redisOptions } from '@labelmill/shared/redis/connection';
import { keyPrefix, queueTiming } from '@labelmill/shared/redis/queue';
import { newRunId } from '@labelmill/shared/run/run-id';
import { type Job, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { ScheduleTally } from '../metrics/schedule-metrics.ts';
import type { ProducerRun } from '../producer-run.ts';
import {
  controlQueue,
  type DueJob,
  dueJobSchema,
  failureField,
  type ScheduleFailure,
  scheduledRunsKey,
  schedulesKey,
} from './control-queue.ts';
import { readDueJobs } from './due-jobs.ts';
import { type Schedule, scheduleSchema } from './schedule.ts';
import { whyLeftOut } from './why-left-out.ts';

/** Listings at a time in one process. */
const listingsAtOnce = 4;

/** A listing that is told to stop ends with the page that it reads. */
const stopWithinMs = 10_000;

export interface ScheduleWorkerOptions {
  readonly redis: Redis;
  readonly redisUrl: string;
  /** Begins the run of this id, or goes on with it where an earlier process began it. */
  readonly begin: (schedule: Schedule, id: string, signal: AbortSignal) => Promise<ProducerRun>;
  readonly log: Logger;
}

export class ScheduleWorker implements AsyncDisposable {
  readonly #options: ScheduleWorkerOptions;
  readonly #ledger: Ledger;
  readonly #worker: Worker<DueJob>;
  readonly #stop = new AbortController();
  readonly #tally: ScheduleTally = { listed: 0, left_out: 0, failed: 0, handed_back: 0 };
  #taken = 0;
  #held = 0;

  constructor(options: ScheduleWorkerOptions) {
    this.#options = options;
    this.#ledger = new Ledger(options.redis);
    this.#worker = new Worker<DueJob>(controlQueue, (job, token) => this.#carryOut(job, token), {
      connection: redisOptions(options.redisUrl),
      prefix: keyPrefix,
      concurrency: listingsAtOnce,
      ...queueTiming,
    });
    this.#worker.on('error', (error) => options.log.warn({ err: messageOf(error) }, 'control queue'));
    this.#worker.on('failed', (job, error) =>
      options.log.error({ schedule: job?.data.schedule, err: messageOf(error) }, 'schedule failed'),
    );
  }

  /** Resolves once it takes jobs. */
  async ready(): Promise<void> {
    await this.#worker.waitUntilReady();
  }

  /** Read at each scrape. */
  get tally(): ScheduleTally {
    return this.#tally;
  }

  /** Never waits long: a Redis that does not answer is one of the facts. */
  async facts(): Promise<WorkFacts> {
    const due = await readDueJobs(this.#options.redis);
    return {
      redisAnswers: due !== null,
      waiting: due?.waiting ?? 0,
      queuePaused: due?.paused ?? false,
      freeSlots: listingsAtOnce - this.#held,
      // One of a store keeps a listing waiting, which is held then.
      outage: false,
      draining: this.#stop.signal.aborted,
      taken: this.#taken,
    };
  }

  async #carryOut(job: Job<DueJob>, token: string | undefined): Promise<void> {
    this.#taken++;
    this.#held++;
    try {
      this.#tally[await this.#begin(job, token)]++;
    } catch (error) {
      this.#tally[error instanceof WaitingError ? 'handed_back' : 'failed']++;
      throw error;
    } finally {
      this.#held--;
    }
  }

  async #begin(job: Job<DueJob>, token: string | undefined): Promise<'listed' | 'left_out'> {
    const { redis, begin, log } = this.#options;
    const { schedule: name, manual } = dueJobSchema.parse(job.data);
    const json = await redis.hget(schedulesKey, name);
    if (json === null) return 'left_out';
    const schedule = scheduleSchema.parse(JSON.parse(json));
    const jobField = `job:${job.id}`;
    let id = await redis.hget(scheduledRunsKey, jobField);
    if (id === null) {
      const last = await redis.hget(scheduledRunsKey, name);
      const before = last === null ? null : ((await this.#ledger.account(last))?.state ?? null);
      const why = whyLeftOut(schedule, { at: dueAt(job), now: Date.now(), manual, before });
      if (why !== null) {
        log.info({ schedule: name, why, last }, 'schedule left out');
        return 'left_out';
      }
      id = newRunId();
      await redis.hset(scheduledRunsKey, { [jobField]: id, [name]: id });
    }
    log.info({ schedule: name, run: id, due: new Date(dueAt(job)).toISOString() }, 'schedule begins');
    try {
      const run = await begin(schedule, id, this.#stop.signal);
      await run.listed;
    } catch (error) {
      if (!this.#stop.signal.aborted || token === undefined) {
        const failure: ScheduleFailure = { at: new Date().toISOString(), message: messageOf(error) };
        await redis.hset(scheduledRunsKey, { [failureField(name)]: JSON.stringify(failure) });
        throw error;
      }
      // To the head of the queue: the next process goes on with this run.
      await job.moveToWait(token);
      throw new WaitingError();
    }
    await redis.hdel(scheduledRunsKey, jobField, failureField(name));
    log.info({ schedule: name, run: id }, 'schedule listed');
    return 'listed';
  }

  /** Hands back what it lists. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    const withinMs = this.#held === 0 ? undefined : stopWithinMs;
    if (!(await closedInTime(this.#worker.close(), withinMs)))
      this.#options.log.warn('not closed: what is listed here is taken up when its lock runs out');
  }
}

/** When a scheduled job was due: it was put into the queue before, and delayed until then. */
function dueAt(job: Job): number {
  return job.timestamp + (job.opts.delay ?? 0);
}
