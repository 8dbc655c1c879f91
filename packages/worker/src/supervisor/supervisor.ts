/**
 * The supervisor: takes chunks off the bundle's queue, has the engine label them, writes and commits their parts, and
 * hands back what it cannot finish. It never loads native code, so its event loop is always free to renew locks.
 */
import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bundle } from '@labelmill/models/bundle-schema';
import { crashPoint } from '@labelmill/shared/crash-point';
import { codeOf, LabelmillError, messageOf, type OutageError } from '@labelmill/shared/errors';
import type { WorkFacts } from '@labelmill/shared/health/stuck';
import { Ledger } from '@labelmill/shared/ledger/ledger';
import { SuspectNotes } from '@labelmill/shared/ledger/suspect-notes';
import type { Logger } from '@labelmill/shared/logging';
import { closedInTime } from '@labelmill/shared/redis/closed-in-time';
import { connectRedis, redisOptions } from '@labelmill/shared/redis/connection';
import { chunkAttempts, keyPrefix, queueTiming } from '@labelmill/shared/redis/queue';
import { readQueue } from '@labelmill/shared/redis/read-queue';
import { type ChunkJob, chunkJobSchema } from '@labelmill/shared/schema/chunk-job';
import { bottleneck } from '@labelmill/shared/stages/bottleneck';
import { RecentStages } from '@labelmill/shared/stages/recent-stages';
import type { Stores } from '@labelmill/shared/store/stores';
import { DelayedError, type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { EngineConfig, ImageResult } from '../engine/protocol.ts';
import type { WorkerSnapshot } from '../metrics/worker-metrics.ts';
import { noSpans, type StartChunkSpan } from '../tracing/chunk-span.ts';
import { Breaker } from './breaker.ts';
import { chunksInFlight } from './chunks-in-flight.ts';
import { EngineClient, type EngineClientOptions, type ImageLabeller } from './engine-client.ts';
import type { EngineBounds } from './engine-watch.ts';
import { failChunk } from './fail-chunk.ts';
import { labelSuspects } from './label-suspects.ts';
import { outageOf } from './outage-of.ts';
import { type ChunkContext, processChunk } from './process-chunk.ts';
import { StageAccount } from './stage-account.ts';
import { type ChunkEnd, WorkTally } from './work-tally.ts';
import { WorkerReporter, type WorkerStatus } from './worker-reporter.ts';

export interface SupervisorOptions {
  readonly bundle: Bundle;
  readonly engine: EngineConfig;
  readonly bounds: EngineBounds;
  /** Environment for the engine: the stores' credentials. */
  readonly env: NodeJS.ProcessEnv;
  readonly redisUrl: string;
  /** For run folders. */
  readonly stores: Stores;
  readonly log: Logger;
  /** Default: no traces. */
  readonly startSpan?: StartChunkSpan;
  /** Called for every image that ends. */
  readonly onResult?: (result: ImageResult) => void;
  /** Called when the engine has found the quickest of its `trySizes`. */
  readonly onBatch?: (batch: number) => void;
  /** Default: an engine in a process of its own. */
  readonly startEngine?: (options: EngineClientOptions, signal?: AbortSignal) => Promise<ImageLabeller>;
}

/** A chunk that met an outage, a pause or another digest comes back after this long. */
const handBackDelayMs = 5_000;

/** A chunk may stall because its worker was killed for other reasons; twice is a sign that it kills workers. */
const suspectAfterStalls = 2;

/** What a worker says of its rate is of this while. */
const recentMs = 60_000;

/** Before the first chunk says how many cover two batches. */
const firstChunksInFlight = 2;

/** Why a drain aborts what is in work. */
class DrainError extends LabelmillError {}

export class Supervisor implements AsyncDisposable {
  readonly #options: SupervisorOptions;
  readonly #engine: ImageLabeller;
  readonly #worker: Worker;
  readonly #redis: Redis;
  readonly #notes: SuspectNotes;
  readonly #context: Omit<ChunkContext, 'span'>;
  readonly #startSpan: StartChunkSpan;
  readonly #stages: StageAccount;
  readonly #tally: WorkTally;
  readonly #breaker: Breaker;
  readonly #drain = new AbortController();
  readonly #recent = new RecentStages(recentMs);
  readonly #reporter: WorkerReporter;
  #disposed: Promise<void> | null = null;
  #imagesPerChunk = 0;
  /** Chunks held at once while nothing is wrong. */
  #concurrency = firstChunksInFlight;
  #active = 0;
  readonly #ended = new EventEmitter();
  #taken = 0;

  private constructor(
    options: SupervisorOptions,
    redis: Redis,
    engine: ImageLabeller,
    stages: StageAccount,
    tally: WorkTally,
  ) {
    this.#options = options;
    this.#redis = redis;
    this.#notes = new SuspectNotes(redis);
    this.#engine = engine;
    this.#stages = stages;
    this.#tally = tally;
    this.#startSpan = options.startSpan ?? noSpans;
    stages.chunkPlaces = firstChunksInFlight;
    this.#context = {
      ledger: new Ledger(redis),
      stores: options.stores,
      bundle: options.bundle,
      hasFeatures: options.bundle.manifest.graphs.some(
        ({ file, kind }) => file === options.engine.bundle.graph && kind === 'features',
      ),
      label: (images, wanted, signal) =>
        stages.labelling(() =>
          engine.label(
            images.map(({ uri }) => uri),
            wanted,
            signal,
          ),
        ),
      stages,
      log: options.log,
    };
    this.#worker = new Worker(
      options.bundle.name,
      // Three parameters: BullMQ gives the signal only to a processor that declares it.
      (job, token, signal) => this.#take(job, token, signal),
      {
        connection: redisOptions(options.redisUrl),
        prefix: keyPrefix,
        concurrency: this.#concurrency,
        ...queueTiming,
      },
    );
    this.#breaker = new Breaker({
      open: (probeInMs) => {
        options.log.warn({ probeInMs }, 'outage: no more chunks are taken');
        void this.#worker.pause(true);
      },
      probe: () => {
        options.log.info('outage: one chunk is taken as a probe');
        this.#worker.concurrency = 1;
        void this.#worker.resume();
      },
      close: () => {
        options.log.info('the outage is over');
        this.#worker.concurrency = this.#concurrency;
        void this.#worker.resume();
      },
    });
    this.#worker.on('error', (error) => options.log.warn({ err: error }, 'queue connection'));
    this.#reporter = new WorkerReporter(redis, () => this.#report());
    // Another worker may have such a chunk by now; create-once keeps both honest, stopping saves the work.
    this.#worker.on('lockRenewalFailed', (ids) => {
      for (const id of ids) this.#worker.cancelJob(id, 'lock lost');
    });
  }

  /** Starts the engine, and takes chunks from when it has run once. */
  static async start(options: SupervisorOptions, signal?: AbortSignal): Promise<Supervisor> {
    const redis = await connectRedis(options.redisUrl);
    try {
      const stages = new StageAccount(options.engine);
      const tally = new WorkTally();
      const startEngine = options.startEngine ?? EngineClient.start;
      const engine = await startEngine(
        {
          config: options.engine,
          bounds: options.bounds,
          manifest: options.bundle.manifest,
          env: options.env,
          log: options.log,
          onResult: (result) => {
            tally.image(result);
            options.onResult?.(result);
          },
          onStart: () => tally.engineStarts++,
          ...(options.onBatch === undefined ? {} : { onBatch: options.onBatch }),
          onStages: (measured) => stages.addEngine(measured),
        },
        signal,
      );
      options.log.info({ bundle: options.bundle.name, warmupMs: engine.warmupMs }, 'ready');
      return new Supervisor(options, redis, engine, stages, tally);
    } catch (error) {
      redis.disconnect();
      throw error;
    }
  }

  /** Never waits long: a Redis that does not answer is one of the facts. */
  async facts(): Promise<WorkFacts> {
    const queue = await readQueue(this.#redis, this.#options.bundle.name);
    return {
      redisAnswers: queue !== null,
      waiting: queue?.waiting ?? 0,
      queuePaused: queue?.paused ?? false,
      freeSlots: this.#concurrency - this.#active,
      outage: this.#breaker.state !== 'closed',
      draining: this.#disposed !== null,
      taken: this.#taken,
    };
  }

  /** Takes no more chunks, finishes what fits into `graceMs`, hands the rest back, and ends. Idempotent. */
  drain(graceMs: number): Promise<void> {
    this.#disposed ??= this.#end(graceMs);
    return this.#disposed;
  }

  /** Hands back at once what a drain still waits for. */
  hurry(): void {
    this.#drain.abort(new DrainError('draining', 'the worker is stopping'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain(0);
  }

  async #end(graceMs: number): Promise<void> {
    // Armed before anything is awaited: a chunk that arrives while the worker closes is bound by it too.
    const timer = setTimeout(() => this.hurry(), graceMs);
    this.#breaker[Symbol.dispose]();
    await this.#closeQueue(graceMs);
    clearTimeout(timer);
    await this.#reporter[Symbol.asyncDispose]();
    await this.#engine[Symbol.asyncDispose]();
    this.#redis.disconnect();
  }

  /** Waits for what is in work for `graceMs`, and for the queue no longer than Redis needs. */
  async #closeQueue(graceMs: number): Promise<void> {
    const closed = this.#worker.pause(true).then(() => this.#worker.close());
    const waiting = new AbortController();
    const { signal } = waiting;
    const empty = this.#active === 0 ? Promise.resolve() : once(this.#ended, 'empty', { signal });
    await Promise.race([closed, empty, delay(graceMs, undefined, { signal })]).finally(() => waiting.abort());
    if (!(await closedInTime(closed))) {
      this.#options.log.warn('Redis does not answer: chunks in work are taken up when their locks run out');
    }
  }

  /** What its metrics are read from. */
  async snapshot(): Promise<WorkerSnapshot> {
    return {
      tally: this.#tally,
      stages: this.#stages.totals(),
      queue: await readQueue(this.#redis, this.#options.bundle.name),
      chunksInWork: this.#active,
      chunkPlaces: this.#concurrency,
      breaker: this.#breaker.state,
    };
  }

  /** What it says of itself in Redis. */
  #report(): WorkerStatus {
    const { bundle, engine } = this.#options;
    const recent = this.#recent.since(this.#stages.totals());
    const { ok, error } = this.#tally.images;
    const working = this.#breaker.state === 'closed' ? 'ready' : 'outage';
    return {
      bundle: bundle.name,
      state: this.#disposed === null ? working : 'draining',
      chunks: { inWork: this.#active, places: this.#concurrency },
      images: { ok, error },
      engine: {
        ...this.#engine.status,
        restarts: Math.max(0, this.#tally.engineStarts - 1),
        provider: engine.provider,
        cores: engine.cores,
      },
      imagesPerSecond: recent.wall > 0 ? recent.inferred / recent.wall : null,
      batchFill: recent.batchPlaces > 0 ? recent.inferred / recent.batchPlaces : null,
      bottleneck: bottleneck(recent, bundle.manifest.precision)?.line ?? null,
    };
  }

  async #take(job: Job, token: string | undefined, cancelled: AbortSignal | undefined): Promise<void> {
    this.#taken++;
    this.#active++;
    try {
      await this.#process(job, token, cancelled);
    } finally {
      this.#active--;
      if (this.#active === 0) this.#ended.emit('empty');
    }
  }

  async #process(job: Job, token: string | undefined, cancelled: AbortSignal | undefined): Promise<void> {
    const parsed = chunkJobSchema.safeParse(job.data);
    if (!parsed.success) throw new UnrecoverableError('this job is not a chunk');
    const chunk = parsed.data;
    this.#adapt(chunk);
    const log = this.#options.log.child({ run: chunk.run, chunk: chunk.seq });
    const signal = AbortSignal.any([this.#drain.signal, ...(cancelled === undefined ? [] : [cancelled])]);
    const { run, seq, generation, rest } = chunk;
    const span = this.#startSpan({ run, seq, generation, images: rest.length });
    const context = { ...this.#context, log, span, ...this.#suspectMode(run, job.stalledCounter, log) };
    let end: ChunkEnd = 'failed';
    let why: string | null = null;
    this.#stages.begin(chunk.run);
    try {
      const outcome = await processChunk(chunk, job.attemptsStarted > 1, context, signal);
      end = outcome.done ? 'done' : outcome.reason;
      if (outcome.done) {
        log.info('chunk done');
        return this.#breaker.success();
      }
      why = outcome.message;
      log.info({ reason: outcome.reason }, why);
    } catch (error) {
      why = messageOf(error);
      if (error instanceof DrainError) {
        end = 'draining';
        log.info('handed back: draining');
        await job.moveToWait(token);
        crashPoint('handed-back');
        throw new WaitingError();
      }
      if (cancelled?.aborted) {
        end = 'lock_lost';
        // Nothing may be said of this chunk any more, least of all that it failed for good.
        log.warn('lock lost: another worker may have this chunk');
        throw error;
      }
      const outage = outageOf(error) ?? (await this.#failed(error, job, chunk, context));
      if (outage === null) return;
      end = 'outage';
      log.warn({ code: outage.code }, outage.message);
      this.#breaker.outage();
    } finally {
      this.#tally.chunk(end);
      span.end(end, why);
      this.#stages.end(end === 'done' ? chunk.run : null);
    }
    // Jitter: chunks that met the same outage do not come back in step.
    await job.moveToDelayed(Date.now() + handBackDelayMs * (0.5 + Math.random()), token);
    throw new DelayedError();
  }

  /**
   * A chunk failed for a reason that no rule covers: it is tried again, and at last becomes error records.
   * @returns the outage that kept it from becoming them, or null where it did
   * @throws the error itself while attempts are left
   */
  async #failed(
    error: unknown,
    job: Job,
    chunk: ChunkJob,
    context: ChunkContext,
  ): Promise<OutageError | null> {
    context.log.error({ err: error, code: codeOf(error) }, 'chunk failed');
    if (job.attemptsMade + 1 < chunkAttempts) throw error;
    try {
      await failChunk(chunk, messageOf(error), context);
      return null;
    } catch (again) {
      const outage = outageOf(again);
      if (outage === null) throw again;
      return outage;
    }
  }

  /** How a chunk that keeps stalling is labelled; nothing for all others. */
  #suspectMode(run: string, stalls: number, log: Logger): Partial<ChunkContext> {
    if (stalls < suspectAfterStalls) return {};
    log.warn({ stalls }, 'chunk keeps stalling: one image at a time goes in');
    const tools = { engine: this.#engine, notes: this.#notes };
    return {
      label: (images, wanted, signal) =>
        this.#stages.labelling(() => labelSuspects(run, images, wanted, tools, signal)),
    };
  }

  /** Runs differ in their chunks' size; what is in flight should cover two batches. */
  #adapt(chunk: ChunkJob): void {
    if (chunk.rest.length <= this.#imagesPerChunk) return;
    this.#imagesPerChunk = chunk.rest.length;
    this.#concurrency = chunksInFlight(this.#options.engine, chunk.rest.length);
    if (this.#breaker.state === 'closed') this.#worker.concurrency = this.#concurrency;
    this.#stages.chunkPlaces = this.#concurrency;
  }
}
