/**
 * The supervisor: takes chunks off the bundle's queue, has the engine label them, writes and commits their parts, and
 * hands back what it cannot finish. It never loads native code, so its event loop is always free to renew locks.
 */
import type { Bundle } from '@labelmill/models/bundle-schema';
import { Ledger } from '@labelmill/shared/ledger/ledger';
import { SuspectNotes } from '@labelmill/shared/ledger/suspect-notes';
import type { Logger } from '@labelmill/shared/logging';
import { connectRedis } from '@labelmill/shared/redis/connection';
import type { Stores } from '@labelmill/shared/store/stores';
import type { Redis } from 'ioredis';
import type { EngineConfig, ImageResult } from '../engine/protocol.ts';
import { noSpans, type StartChunkSpan } from '../tracing/chunk-span.ts';
import { ChunkIntake } from './chunk-intake.ts';
import { DrainError, deliverChunk } from './deliver-chunk.ts';
import { EngineClient, type EngineClientOptions } from './engine-client.ts';
import type { EngineBounds } from './engine-watch.ts';
import type { ImageLabeller } from './image-labeller.ts';
import { StageAccount } from './stage-account.ts';
import { WorkTally } from './work-tally.ts';
import { WorkerReporter } from './worker-reporter.ts';
import { WorkerState } from './worker-state.ts';

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

export class Supervisor implements AsyncDisposable {
  /** How it is at the moment. */
  readonly state: WorkerState;
  readonly #redis: Redis;
  readonly #engine: ImageLabeller;
  readonly #intake: ChunkIntake;
  readonly #reporter: WorkerReporter;
  readonly #draining = new AbortController();
  #disposed: Promise<void> | null = null;

  private constructor(
    options: SupervisorOptions,
    redis: Redis,
    engine: ImageLabeller,
    stages: StageAccount,
    tally: WorkTally,
  ) {
    const { bundle, engine: config, stores, redisUrl, log } = options;
    const tools = {
      ledger: new Ledger(redis),
      notes: new SuspectNotes(redis),
      stores,
      bundle,
      hasFeatures: bundle.manifest.graphs.some(
        ({ file, kind }) => file === config.bundle.graph && kind === 'features',
      ),
      engine,
      stages,
      tally,
      startSpan: options.startSpan ?? noSpans,
      log,
      draining: this.#draining.signal,
    };
    this.#redis = redis;
    this.#engine = engine;
    this.#intake = new ChunkIntake({
      queue: bundle.name,
      redisUrl,
      engine: config,
      stages,
      log,
      deliver: (chunk, delivery) => deliverChunk(chunk, delivery, tools),
    });
    this.state = new WorkerState({ bundle, config, redis, engine, intake: this.#intake, stages, tally });
    this.#reporter = new WorkerReporter(redis, () => this.state.status());
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

  /** Takes no more chunks, finishes what fits into `graceMs`, hands the rest back, and ends. Idempotent. */
  drain(graceMs: number): Promise<void> {
    this.#disposed ??= this.#end(graceMs);
    return this.#disposed;
  }

  /** Hands back at once what a drain still waits for. */
  hurry(): void {
    this.#draining.abort(new DrainError('draining', 'the worker is stopping'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain(0);
  }

  async #end(graceMs: number): Promise<void> {
    // Armed before anything is awaited: a chunk that arrives while the worker closes is bound by it too.
    const timer = setTimeout(() => this.hurry(), graceMs);
    await this.#intake.close(this.#draining.signal);
    clearTimeout(timer);
    await this.#reporter[Symbol.asyncDispose]();
    await this.#engine[Symbol.asyncDispose]();
    this.#redis.disconnect();
  }
}
