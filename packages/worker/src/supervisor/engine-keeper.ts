/**
 * Keeps an engine running: ends one that hangs or grows too large, has another follow a dead one, and tries again while
 * none can be started.
 *
 * An engine that ends for want of memory is followed by one of smaller batches; no image is to blame for that, nor where a
 * decode that was given up does not come back.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { BundleManifest } from '@labelmill/models/bundle-schema';
import { codeOf, LabelmillError, messageOf, OutageError } from '@labelmill/shared/errors';
import type { Logger } from '@labelmill/shared/logging';
import type { StageTotals } from '@labelmill/shared/stages/stage-totals';
import type { EngineConfig, ImageResult } from '../engine/protocol.ts';
import { type Engine, type EngineExit, startEngine } from '../engine/spawn-engine.ts';
import { type EngineBounds, EngineWatch } from './engine-watch.ts';
import type { Entrance, Waiting } from './entrance.ts';
import type { EngineStatus } from './image-labeller.ts';
import { smallerBatch } from './smaller-batch.ts';

export interface EngineKeeperOptions {
  readonly config: EngineConfig;
  /** The bundle's graphs: where memory does not suffice, a smaller one is taken. */
  readonly manifest: Pick<BundleManifest, 'graphs'>;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  /** Called when the quickest of `config.trySizes` is found. */
  readonly onBatch?: (batch: number) => void;
  readonly onStages: (stages: Partial<StageTotals>) => void;
  /** Called whenever an engine has started. */
  readonly onStart?: () => void;
  readonly bounds: EngineBounds;
}

/** What becomes of the images at the entrance. */
export interface ImageEnds {
  results(results: readonly ImageResult[]): void;
  /** @param how the engine ended while this image was alone in it, as a sentence's beginning */
  foundOut(image: Waiting, how: string): void;
  /** There is no engine, and none can be started. */
  abandoned(images: readonly Waiting[], outage: OutageError): void;
}

/** An engine that could not start is tried again this much later; its chunks go back meanwhile, as in any outage. */
const startAgainMs = 2_000;

export class EngineKeeper implements AsyncDisposable {
  readonly #options: EngineKeeperOptions;
  readonly #entrance: Entrance;
  readonly #ends: ImageEnds;
  #config: EngineConfig;
  #engine: Engine | null = null;
  #watch: EngineWatch | null = null;
  readonly #closing = new AbortController();
  #outage: OutageError | null = null;

  /** Call `start` before anything else. */
  constructor(options: EngineKeeperOptions, entrance: Entrance, ends: ImageEnds) {
    this.#options = options;
    this.#entrance = entrance;
    this.#ends = ends;
    this.#config = options.config;
  }

  get warmupMs(): number {
    return this.#engine?.warmupMs ?? 0;
  }

  get status(): EngineStatus {
    const { batch } = this.#config;
    if (this.#outage !== null) return { state: 'failed', batch };
    return { state: this.#engine === null ? 'starting' : 'running', batch };
  }

  /** While an engine that died cannot be started again. */
  get outage(): OutageError | null {
    return this.#outage;
  }

  /** @throws LabelmillError when the engine cannot start: a broken bundle, a missing library */
  async start(signal?: AbortSignal): Promise<void> {
    const { env, bounds, log } = this.#options;
    try {
      const engine = await startEngine(this.#config, {
        onResults: (results, stages) => {
          this.#options.onStages(stages);
          this.#ends.results(results);
          this.#watch?.heard(this.#entrance.inside);
          this.#entrance.next();
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
      await this.start(signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#watch?.[Symbol.dispose]();
    // What is still inside belongs to chunks that were handed back.
    if (this.#entrance.inside.size > 0) this.#engine?.kill();
    await this.#engine?.close();
  }

  /** @throws LabelmillError `out_of_memory` when batches are as small as can be */
  #shrink(message: string): void {
    const { batch } = this.#config;
    const smaller = smallerBatch(this.#config, this.#options.manifest);
    if (smaller === null) {
      throw new LabelmillError(
        'out_of_memory',
        `memory does not suffice for one image at a time: ${message}`,
      );
    }
    this.#options.log.warn({ batch, next: smaller.batch, message }, 'out of memory: smaller batches');
    this.#config = smaller;
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
      } else if (failure?.code === 'decoder_hung') {
        // The image that did it has its record.
        this.#options.log.warn({ images: this.#entrance.inside.size }, failure.message);
        this.#entrance.lost();
      } else {
        this.#options.log.warn({ exit, images: this.#entrance.inside.size }, 'engine died');
        const culprit = this.#entrance.died();
        if (culprit !== null) this.#ends.foundOut(culprit, ended ?? describe(exit));
      }
      await this.start();
    } catch (error) {
      this.#cannotStart(error);
      await this.#startAgain();
    }
    if (!this.#closing.signal.aborted) this.#options.log.info('the engine is back');
  }

  #cannotStart(error: unknown): void {
    if (this.#closing.signal.aborted) return;
    const message = `the engine died and cannot start again: ${messageOf(error)}`;
    this.#outage = new OutageError('engine_failed', message);
    this.#options.log.error({ err: this.#outage }, 'engine cannot start');
    this.#ends.abandoned(this.#entrance.abandon(), this.#outage);
  }

  /** What kept it from starting may pass: memory that others held, a kill while it loaded. */
  async #startAgain(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      await delay(startAgainMs, undefined, { ref: false });
      try {
        await this.start();
        this.#outage = null;
        return;
      } catch (error) {
        this.#cannotStart(error);
      }
    }
  }
}

function describe({ signal, code }: EngineExit): string {
  return `the engine ended by ${signal ?? `status ${code}`}`;
}
