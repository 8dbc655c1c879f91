/**
 * The supervisor's hold on its engine: labels images, and keeps doing so when the engine dies.
 *
 * When an engine dies, every image that was inside is a suspect. Suspects go into the next engine one at a time; the
 * one that is alone inside when that engine dies too has ended two engines, and gets an error record.
 *
 * An engine that ends for want of memory is followed by one of smaller batches; no image is to blame for that.
 */
import type { BundleManifest } from '@labelmill/models/bundle-schema';
import { codeOf, LabelmillError, messageOf, OutageError } from '@labelmill/shared/errors';
import type { Logger } from '@labelmill/shared/logging';
import type { StageTotals } from '@labelmill/shared/stages/stage-totals';
import type { EngineConfig, ImageRequest, ImageResult, Wanted } from '../engine/protocol.ts';
import { type Engine, type EngineExit, startEngine } from '../engine/spawn-engine.ts';
import { watchMemory } from './memory-watch.ts';
import { smallerBatch } from './smaller-batch.ts';

interface Waiting {
  readonly request: ImageRequest;
  readonly settle: (result: ImageResult) => void;
}

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
  readonly bounds: EngineBounds;
}

/** What an engine may take before it is ended, and followed by another. */
export interface EngineBounds {
  /** An engine that holds images and says nothing for this long is hung: longer than any limit inside it, retries included. */
  readonly silenceMs: number;
  /** Resident memory: less than what the kernel would end the supervisor for too. */
  readonly memoryBytes: number;
}

/** What a supervisor needs of an engine. */
export interface ImageLabeller extends AsyncDisposable {
  /** How long loading and the first full batch took. */
  readonly warmupMs: number;
  /** One result for each URI, in order. */
  label(uris: readonly string[], wanted: Wanted, signal: AbortSignal): Promise<ImageResult[]>;
}

export class EngineClient implements ImageLabeller {
  readonly #options: EngineClientOptions;
  #config: EngineConfig;
  readonly #inside = new Map<number, Waiting>();
  #suspects: Waiting[] = [];
  /** One suspect at a time is inside; everything else waits. */
  #suspecting = false;
  #held: Waiting[] = [];
  #engine: Engine | null = null;
  #nextId = 0;
  #closing = false;
  #failed: OutageError | null = null;
  #watchdog: NodeJS.Timeout | undefined;
  #memory: Disposable | undefined;
  /** Why the supervisor ended the engine, where it did. */
  #ended: string | null = null;

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

  /**
   * One result for each URI, in order, with features where they are wanted and the engine's graph gives them.
   * @throws OutageError `engine_failed` when the engine died and cannot be started again; what `signal` says when it aborts
   */
  async label(uris: readonly string[], wanted: Wanted, signal: AbortSignal): Promise<ImageResult[]> {
    signal.throwIfAborted();
    const waiting: Waiting[] = [];
    const results = uris.map(
      (uri) =>
        new Promise<ImageResult>((settle) => {
          waiting.push({ request: { ...wanted, id: this.#nextId++, uri }, settle });
        }),
    );
    this.#send(waiting);
    let onAbort = () => {};
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
    });
    try {
      return await Promise.race([Promise.all(results), aborted]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#watchdog);
    // What is still inside belongs to chunks that were handed back.
    if (this.#inside.size > 0) this.#engine?.kill();
    await this.#engine?.close();
  }

  #send(images: readonly Waiting[]): void {
    if (this.#failed !== null) {
      for (const image of images) image.settle(outage(image, this.#failed));
      return;
    }
    if (this.#engine === null || this.#suspecting) {
      this.#held.push(...images);
      return;
    }
    for (const image of images) this.#inside.set(image.request.id, image);
    this.#engine.label(images.map(({ request }) => request));
    this.#watch();
  }

  async #startEngine(signal?: AbortSignal): Promise<void> {
    const { env } = this.#options;
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
        ...(signal === undefined ? {} : { signal }),
      });
      this.#engine = engine;
      this.#watchMemory(engine);
      void engine.exited.then((exit) => this.#died(exit));
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
      const waiting = this.#inside.get(result.id);
      if (waiting === undefined) continue;
      this.#inside.delete(result.id);
      this.#options.onResult(result);
      waiting.settle(result);
    }
    this.#watch();
    if (this.#suspecting && this.#inside.size === 0) this.#nextSuspect();
  }

  async #died(exit: EngineExit): Promise<void> {
    this.#engine = null;
    this.#memory?.[Symbol.dispose]();
    if (this.#closing) return;
    const inside = [...this.#inside.values()];
    this.#inside.clear();
    const { failure } = exit;
    try {
      if (failure?.code === 'out_of_memory') {
        // A suspect stays one; the others go in together again.
        (this.#suspecting ? this.#suspects : this.#held).unshift(...inside);
        this.#shrink(failure.message);
      } else this.#suspect(inside, exit);
      await this.#startEngine();
    } catch (error) {
      this.#failed = new OutageError(
        'engine_failed',
        `the engine died and cannot start again: ${messageOf(error)}`,
      );
      this.#options.log.error({ err: this.#failed }, 'engine cannot start');
      for (const image of [...this.#suspects, ...this.#held]) image.settle(outage(image, this.#failed));
      return;
    }
    this.#nextSuspect();
  }

  #suspect(inside: readonly Waiting[], exit: EngineExit): void {
    this.#suspecting = true;
    this.#options.log.warn({ exit, images: inside.length }, 'engine died');
    const [only, ...others] = inside;
    if (only !== undefined && others.length === 0) this.#quarantine(only, exit);
    else this.#suspects.push(...inside);
    this.#ended = null;
  }

  /** Only one image is inside: if the engine dies now, it was this one. */
  #nextSuspect(): void {
    const suspect = this.#suspects.shift();
    this.#suspecting = suspect !== undefined;
    if (suspect === undefined) {
      const held = this.#held;
      this.#held = [];
      if (held.length > 0) this.#send(held);
      return;
    }
    this.#inside.set(suspect.request.id, suspect);
    this.#engine?.label([suspect.request]);
    this.#watch();
  }

  #quarantine(image: Waiting, exit: EngineExit): void {
    const how = this.#ended ?? `the engine ended by ${exit.signal ?? `status ${exit.code}`}`;
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

  #watch(): void {
    clearTimeout(this.#watchdog);
    if (this.#inside.size === 0) return;
    const { silenceMs } = this.#options.bounds;
    this.#watchdog = setTimeout(
      () => this.#end(`the engine was ended because it said nothing for ${silenceMs / 1000} s`),
      silenceMs,
    );
  }

  #watchMemory({ pid }: Engine): void {
    const { memoryBytes } = this.#options.bounds;
    this.#memory = watchMemory(pid, memoryBytes, (bytes) =>
      this.#end(
        `the engine was ended because it held ${megabytes(bytes)} of memory, more than ${megabytes(memoryBytes)},`,
      ),
    );
  }

  #end(reason: string): void {
    this.#options.log.warn({ images: this.#inside.size }, reason);
    this.#ended = reason;
    this.#engine?.kill();
  }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MB`;
}

function outage(image: Waiting, error: OutageError): ImageResult {
  return { id: image.request.id, status: 'outage', code: error.code, message: error.message };
}
