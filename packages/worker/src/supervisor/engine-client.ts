/**
 * The supervisor's hold on its engine: labels images, and keeps doing so when the engine dies. Which images go into the
 * next engine, and which of them alone, is for `entrance.ts`.
 *
 * An engine that ends for want of memory is followed by one of smaller batches; no image is to blame for that.
 */

import { setTimeout as delay } from 'node:timers/promises';
import type { BundleManifest } from '@labelmill/models/bundle-schema';
import { codeOf, LabelmillError, messageOf, OutageError } from '@labelmill/shared/errors';
import type { Logger } from '@labelmill/shared/logging';
import type { StageTotals } from '@labelmill/shared/stages/stage-totals';
import type { EngineConfig, ImageResult, Wanted } from '../engine/protocol.ts';
import { type Engine, type EngineExit, startEngine } from '../engine/spawn-engine.ts';
import { type EngineBounds, EngineWatch } from './engine-watch.ts';
import { Entrance, type Waiting } from './entrance.ts';
import { smallerBatch } from './smaller-batch.ts';

export interface EngineClientOptions {
  readonly config: EngineConfig;
  /** The bundle's graphs: where memory does not suffice, a smaller one is taken. */
  readonly manifest: Pick<BundleManifest, 'graphs'>;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  /** Called for every image that ends, for progress. */
  readonly onResult: (result: ImageResult) => void;
  /** Called when the quickest of `config.trySizes` is found. */
  readonly onBatch?: (batch: number) => void;
  readonly onStages: (stages: Partial<StageTotals>) => void;
  /** Called whenever an engine has started. */
  readonly onStart?: () => void;
  readonly bounds: EngineBounds;
}

/** Labels one image; nothing else is inside the engine meanwhile. */
export type LabelAlone = (uri: string) => Promise<ImageResult>;

/** How an engine is at the moment. */
export interface EngineStatus {
  /** `failed`: it cannot be started, and is tried again. */
  readonly state: 'running' | 'starting' | 'failed';
  /** Images in an inference call. */
  readonly batch: number;
}

/** What a supervisor needs of an engine. */
export interface ImageLabeller extends AsyncDisposable {
  /** How long loading and the first full batch took. */
  readonly warmupMs: number;
  readonly status: EngineStatus;
  /** One result for each URI, in order. */
  label(uris: readonly string[], wanted: Wanted, signal: AbortSignal): Promise<ImageResult[]>;
  /** Does work that labels one image after the other with nothing else inside. */
  alone<T>(wanted: Wanted, work: (label: LabelAlone) => Promise<T>, signal: AbortSignal): Promise<T>;
}

/** An engine that could not start is tried again this much later; its chunks go back meanwhile, as in any outage. */
const startAgainMs = 2_000;

export class EngineClient implements ImageLabeller {
  readonly #options: EngineClientOptions;
  #config: EngineConfig;
  readonly #entrance = new Entrance();
  #engine: Engine | null = null;
  #watch: EngineWatch | null = null;
  #nextId = 0;
  readonly #closing = new AbortController();
  #failed: OutageError | null = null;

  private constructor(options: EngineClientOptions) {
    this.#options = options;
    this.#config = options.config;
  }

  /** @throws LabelmillError when the engine cannot start: a broken bundle, a missing library */
  static async start(options: EngineClientOptions, signal?: AbortSignal): Promise<EngineClient> {
    const client = new EngineClient(options);
    await client.#startEngine(signal);
    return client;
  }

  get warmupMs(): number {
    return this.#engine?.warmupMs ?? 0;
  }

  get status(): EngineStatus {
    const { batch } = this.#config;
    if (this.#failed !== null) return { state: 'failed', batch };
    return { state: this.#engine === null ? 'starting' : 'running', batch };
  }

  /**
   * One result for each URI, in order, with features where they are wanted and the engine's graph gives them.
   * @throws OutageError `engine_failed` while an engine that died cannot be started again; what `signal` says when it aborts
   */
  async label(uris: readonly string[], wanted: Wanted, signal: AbortSignal): Promise<ImageResult[]> {
    signal.throwIfAborted();
    const images = uris.map((uri) => this.#image(uri, wanted));
    this.#enter(images.map(({ waiting }) => waiting));
    return unlessAborted(Promise.all(images.map(({ result }) => result)), signal);
  }

  /**
   * Does work that labels suspicious images one after the other, with the engine to itself: what else comes waits.
   * @throws as `label`
   */
  async alone<T>(wanted: Wanted, work: (label: LabelAlone) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    if (this.#failed !== null) throw this.#failed;
    const done = this.#entrance.alone(async () => {
      signal.throwIfAborted();
      return work((uri) => {
        const { waiting, result } = this.#image(uri, wanted);
        if (this.#failed === null) this.#entrance.addSuspect(waiting);
        else waiting.settle(outage(waiting, this.#failed));
        return unlessAborted(result, signal);
      });
    });
    return unlessAborted(done, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#watch?.[Symbol.dispose]();
    // What is still inside belongs to chunks that were handed back.
    if (this.#entrance.inside.size > 0) this.#engine?.kill();
    await this.#engine?.close();
  }

  #image(uri: string, wanted: Wanted): { waiting: Waiting; result: Promise<ImageResult> } {
    const { promise: result, resolve: settle } = Promise.withResolvers<ImageResult>();
    return { waiting: { request: { ...wanted, id: this.#nextId++, uri }, settle, endedAlone: 0 }, result };
  }

  #enter(images: readonly Waiting[]): void {
    if (this.#failed === null) this.#entrance.add(images);
    else for (const image of images) image.settle(outage(image, this.#failed));
  }

  async #startEngine(signal?: AbortSignal): Promise<void> {
    const { env, bounds, log } = this.#options;
    try {
      const engine = await startEngine(this.#config, {
        onResults: (results, stages) => {
          this.#options.onStages(stages);
          this.#take(results);
        },
        onBatch: (batch) => {
          // An engine that follows this one need not look for it again.
          this.#config = { ...this.#config, batch, trySizes: [] };
          this.#options.onBatch?.(batch);
        },
        env,
        signal: AbortSignal.any([this.#closing.signal, ...(signal === undefined ? [] : [signal])]),
      });
      this.#engine = engine;
      this.#options.onStart?.();
      const watch = new EngineWatch(engine.pid, bounds, (reason) => {
        log.warn({ images: this.#entrance.inside.size }, reason);
        engine.kill();
      });
      this.#watch = watch;
      void engine.exited.then((exit) => this.#died(exit));
      this.#entrance.open((images) => {
        engine.label(images.map(({ request }) => request));
        watch.heard(this.#entrance.inside);
      });
    } catch (error) {
      if (codeOf(error) !== 'out_of_memory') throw error;
      this.#shrink(messageOf(error));
      await this.#startEngine(signal);
    }
  }

  /** @throws LabelmillError `out_of_memory` when batches are as small as can be */
  #shrink(message: string): void {
    const smaller = smallerBatch(this.#config, this.#options.manifest);
    if (smaller === null) {
      throw new LabelmillError(
        'out_of_memory',
        `memory does not suffice for one image at a time: ${message}`,
      );
    }
    this.#options.log.warn(
      { batch: this.#config.batch, next: smaller.batch, message },
      'out of memory: smaller batches',
    );
    this.#config = smaller;
  }

  #take(results: readonly ImageResult[]): void {
    for (const result of results) {
      const waiting = this.#entrance.leave(result.id);
      if (waiting === undefined) continue;
      this.#options.onResult(result);
      waiting.settle(result);
    }
    this.#watch?.heard(this.#entrance.inside);
    this.#entrance.next();
  }

  async #died(exit: EngineExit): Promise<void> {
    const ended = this.#watch?.reason ?? null;
    this.#watch?.[Symbol.dispose]();
    this.#engine = null;
    if (this.#closing.signal.aborted) return;
    const { failure } = exit;
    try {
      if (failure?.code === 'out_of_memory') {
        this.#entrance.lost();
        this.#shrink(failure.message);
      } else {
        this.#options.log.warn({ exit, images: this.#entrance.inside.size }, 'engine died');
        const culprit = this.#entrance.died();
        if (culprit !== null) this.#quarantine(culprit, ended ?? describe(exit));
      }
      await this.#startEngine();
    } catch (error) {
      this.#cannotStart(error);
      await this.#startAgain();
    }
    if (!this.#closing.signal.aborted) this.#options.log.info('the engine is back');
  }

  #cannotStart(error: unknown): void {
    if (this.#closing.signal.aborted) return;
    const message = `the engine died and cannot start again: ${messageOf(error)}`;
    this.#failed = new OutageError('engine_failed', message);
    this.#options.log.error({ err: this.#failed }, 'engine cannot start');
    for (const image of this.#entrance.abandon()) image.settle(outage(image, this.#failed));
  }

  /** What kept it from starting may pass: memory that others held, a kill while it loaded. */
  async #startAgain(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      await delay(startAgainMs, undefined, { ref: false });
      try {
        await this.#startEngine();
        this.#failed = null;
        return;
      } catch (error) {
        this.#cannotStart(error);
      }
    }
  }

  #quarantine(image: Waiting, how: string): void {
    this.#options.log.warn({ uri: image.request.uri }, 'image quarantined');
    const result: ImageResult = {
      id: image.request.id,
      status: 'error',
      version: null,
      code: 'crashed_decoder',
      message: `${how} while this image was alone in it`,
      retryable: false,
    };
    this.#options.onResult(result);
    image.settle(result);
  }
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function describe({ signal, code }: EngineExit): string {
  return `the engine ended by ${signal ?? `status ${code}`}`;
}

function outage(image: Waiting, error: OutageError): ImageResult {
  return { id: image.request.id, status: 'outage', code: error.code, message: error.message };
}
