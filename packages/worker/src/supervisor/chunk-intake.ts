/**
 * Takes chunks off the bundle's queue, and gives back what does not end here: as many at a time as cover two batches, one
 * in an outage, to see whether it is over, none once it closes.
 */
import { EventEmitter, once } from 'node:events';
import type { Logger } from '@labelmill/shared/logging';
import { closedInTime } from '@labelmill/shared/redis/closed-in-time';
import { redisOptions } from '@labelmill/shared/redis/connection';
import { chunkAttempts, keyPrefix, queueTiming } from '@labelmill/shared/redis/queue';
import { type ChunkJob, chunkJobSchema } from '@labelmill/shared/schema/chunk-job';
import { type Job, UnrecoverableError, Worker } from 'bullmq';
import { Breaker, type BreakerState } from './breaker.ts';
import { chunksInFlight, type EngineSize } from './chunks-in-flight.ts';
import type { Delivery } from './deliver-chunk.ts';
import { handBack } from './hand-back.ts';
import type { StageAccount } from './stage-account.ts';
import type { ChunkEnd } from './work-tally.ts';

export interface IntakeOptions {
  readonly queue: string;
  readonly redisUrl: string;
  readonly engine: EngineSize;
  /** Is told how many chunks may be in work. */
  readonly stages: Pick<StageAccount, 'chunkPlaces'>;
  readonly log: Logger;
  /** @throws what spends one of the chunk's attempts */
  readonly deliver: (chunk: ChunkJob, delivery: Delivery) => Promise<ChunkEnd>;
}

/** Before the first chunk says how many cover two batches. */
const firstPlaces = 2;

export class ChunkIntake {
  readonly #options: IntakeOptions;
  readonly #worker: Worker;
  readonly #breaker: Breaker;
  readonly #ended = new EventEmitter();
  #imagesPerChunk = 0;
  #places = firstPlaces;
  #inWork = 0;
  #taken = 0;
  #closing = false;

  constructor(options: IntakeOptions) {
    const { queue, redisUrl, stages, log } = options;
    this.#options = options;
    stages.chunkPlaces = firstPlaces;
    this.#worker = new Worker(
      queue,
      // Three parameters: BullMQ gives the signal only to a processor that declares it.
      (job, token, lost) => this.#take(job, token, lost),
      {
        connection: redisOptions(redisUrl),
        prefix: keyPrefix,
        concurrency: firstPlaces,
        ...queueTiming,
      },
    );
    this.#worker.on('error', (error) => log.warn({ err: error }, 'queue connection'));
    // Another worker may have such a chunk by now; create-once keeps both honest, stopping saves the work.
    this.#worker.on('lockRenewalFailed', (ids) => {
      for (const id of ids) this.#worker.cancelJob(id, 'lock lost');
    });
    this.#breaker = new Breaker({
      open: (probeInMs) => {
        log.warn({ probeInMs }, 'outage: no more chunks are taken');
        void this.#worker.pause(true);
      },
      probe: () => {
        log.info('outage: one chunk is taken as a probe');
        this.#worker.concurrency = 1;
        void this.#worker.resume();
      },
      close: () => {
        log.info('the outage is over');
        this.#worker.concurrency = this.#places;
        void this.#worker.resume();
      },
    });
  }

  /** Chunks held at once while nothing is wrong. */
  get places(): number {
    return this.#places;
  }

  get inWork(): number {
    return this.#inWork;
  }

  /** Chunks taken since it was made. */
  get taken(): number {
    return this.#taken;
  }

  get breaker(): BreakerState {
    return this.#breaker.state;
  }

  get closing(): boolean {
    return this.#closing;
  }

  /** Takes no more; waits for what is in work until it has to hurry, and for the queue no longer than Redis needs. */
  async close(hurry: AbortSignal): Promise<void> {
    this.#closing = true;
    this.#breaker[Symbol.dispose]();
    const closed = this.#worker.pause(true).then(() => this.#worker.close());
    const waiting = new AbortController();
    const { signal } = waiting;
    const empty = this.#inWork === 0 ? Promise.resolve() : once(this.#ended, 'empty', { signal });
    const hurried = hurry.aborted ? Promise.resolve() : once(hurry, 'abort', { signal });
    await Promise.race([closed, empty, hurried]).finally(() => waiting.abort());
    if (!(await closedInTime(closed))) {
      this.#options.log.warn('Redis does not answer: chunks in work are taken up when their locks run out');
    }
  }

  async #take(job: Job, token: string | undefined, lost: AbortSignal | undefined): Promise<void> {
    this.#taken++;
    this.#inWork++;
    try {
      await this.#deliver(job, token, lost);
    } finally {
      this.#inWork--;
      if (this.#inWork === 0) this.#ended.emit('empty');
    }
  }

  async #deliver(job: Job, token: string | undefined, lost: AbortSignal | undefined): Promise<void> {
    const parsed = chunkJobSchema.safeParse(job.data);
    if (!parsed.success) throw new UnrecoverableError('this job is not a chunk');
    this.#fit(parsed.data);
    const end = await this.#options.deliver(parsed.data, {
      redelivered: job.attemptsStarted > 1,
      stalls: job.stalledCounter,
      isLast: job.attemptsMade + 1 >= chunkAttempts,
      lost,
    });
    if (end === 'failed') return;
    if (end === 'done') return this.#breaker.success();
    if (end === 'outage') this.#breaker.outage();
    await handBack(job, token, end);
  }

  /** Runs differ in their chunks' size; what is in flight should cover two batches. */
  #fit(chunk: ChunkJob): void {
    if (chunk.rest.length <= this.#imagesPerChunk) return;
    this.#imagesPerChunk = chunk.rest.length;
    this.#places = chunksInFlight(this.#options.engine, chunk.rest.length);
    if (this.#breaker.state === 'closed') this.#worker.concurrency = this.#places;
    this.#options.stages.chunkPlaces = this.#places;
  }
}
