/**
 * The engine's main thread, without the process around it: spreads images over the loaders, batches over the
 * inference threads, and sends results home. It only passes messages on, so it is never busy for long.
 */
import type { StageTotals } from '@labelmill/shared/stages/stage-totals';
import type { BatchTuner } from './batch-tuner.ts';
import type { ImageRequest, ImageResult } from './protocol.ts';
import { StageSums } from './stage-sums.ts';
import { stretchLength } from './stretch.ts';
import type {
  ImageBatch,
  InferenceReply,
  InferenceRequest,
  LoaderReply,
  LoaderRequest,
} from './thread-messages.ts';

/** The part of a worker thread that is used here. */
export interface ThreadPort<Request, Reply> {
  postMessage(request: Request, transfer?: readonly ArrayBuffer[]): void;
  on(event: 'message', listener: (reply: Reply) => void): unknown;
}

export interface CoordinatorOptions {
  readonly loaders: readonly ThreadPort<LoaderRequest, LoaderReply>[];
  readonly inference: readonly ThreadPort<InferenceRequest, InferenceReply>[];
  /** Images a loader may hold: enough to fetch ahead while its batches fill. A stretch begun within it is given whole. */
  readonly loaderWindow: number;
  /** Of one stretch, at most. */
  readonly stretchBytes: number;
  /** Finds the size of batches, where that is not settled. */
  readonly tuner: BatchTuner | null;
  /** It is found. */
  readonly onBatch: (batch: number) => void;
  /** A thread cannot go on. */
  readonly onFailure: (failure: Extract<InferenceReply, { type: 'failed' }>) => void;
  /** `stages`: what was measured since the last results. */
  readonly onResults: (results: readonly ImageResult[], stages: Partial<StageTotals>) => void;
}

interface Loader {
  readonly port: ThreadPort<LoaderRequest, LoaderReply>;
  held: number;
}

interface Inference {
  readonly port: ThreadPort<InferenceRequest, InferenceReply>;
  /** Batches handed over, oldest first, with the loader that owns each buffer. */
  readonly owners: Loader[];
}

/** The batch that runs and the next one, so that inference never waits for this thread. */
export const batchesPerInference = 2;

/** How long inference may stand idle before decoded images leave in a batch that is not full. */
const partialBatchWaitMs = 100;

export class Coordinator {
  readonly #loaders: readonly Loader[];
  readonly #inference: readonly Inference[];
  readonly #options: CoordinatorOptions;
  /** Not yet with a loader, in arrival order. */
  readonly #images: ImageRequest[] = [];
  readonly #batches: { readonly batch: ImageBatch; readonly owner: Loader }[] = [];
  readonly #stages = new StageSums();
  /** Until when `inferBusy` and `batchWait` are counted, in ms. */
  #countedAt = performance.now();
  #inside = 0;
  #gaveUp = false;
  #flushTimer: NodeJS.Timeout | undefined;

  constructor(options: CoordinatorOptions) {
    this.#options = options;
    this.#loaders = options.loaders.map((port) => ({ port, held: 0 }));
    this.#inference = options.inference.map((port) => ({ port, owners: [] }));
    for (const loader of this.#loaders) loader.port.on('message', (reply) => this.#onLoader(loader, reply));
    for (const thread of this.#inference)
      thread.port.on('message', (reply) => this.#onInference(thread, reply));
  }

  /** True while an image is inside whose result has not been sent. */
  get busy(): boolean {
    return this.#inside > 0;
  }

  /** True once a decode was given up: its thread may go on for ever, and an exit would wait for it. */
  get gaveUp(): boolean {
    return this.#gaveUp;
  }

  label(images: readonly ImageRequest[]): void {
    this.#countInference();
    this.#inside += images.length;
    this.#images.push(...images);
    this.#feedLoaders();
  }

  #feedLoaders(): void {
    const share = () => Math.ceil(this.#images.length / this.#loaders.length);
    const largestShare = share();
    while (this.#images.length > 0) {
      const loader = this.#loaders.reduce((least, other) => (other.held < least.held ? other : least));
      const room = this.#options.loaderWindow - loader.held;
      if (room <= 0) break;
      // Even shares of what is left, so that the loaders finish together; of a shard, of what there was.
      const images = this.#images.splice(0, this.#wholeStretches(Math.min(room, share()), largestShare));
      loader.held += images.length;
      loader.port.postMessage({ type: 'load', images });
    }
    this.#watchIdleInference();
  }

  /** How many images, from the first on, are at least so many, and end no stretch early that fits into `most`. */
  #wholeStretches(least: number, most: number): number {
    let count = 0;
    while (count < Math.min(least, this.#images.length))
      count += stretchLength(this.#images, count, most - count, this.#options.stretchBytes);
    return count;
  }

  #onLoader(loader: Loader, reply: LoaderReply): void {
    if (reply.type === 'hung') {
      this.#options.onFailure({ type: 'failed', code: 'decoder_hung', message: reply.message });
      return;
    }
    this.#stages.addAll(reply.stages);
    if (reply.type === 'batch') {
      loader.held -= reply.batch.images.length;
      this.#batches.push({ batch: reply.batch, owner: loader });
      this.#feedInference();
    } else {
      loader.held -= 1;
      const { result } = reply;
      if (result.status === 'error' && result.code === 'decode_timeout') this.#gaveUp = true;
      this.#finish([result]);
    }
    this.#feedLoaders();
  }

  #onInference(thread: Inference, reply: InferenceReply): void {
    if (reply.type === 'failed') this.#options.onFailure(reply);
    if (reply.type !== 'labelled') return;
    this.#countInference();
    this.#stages.addAll({ infer: reply.seconds, inferred: reply.results.length, batches: 1 });
    thread.owners.shift()!.port.postMessage({ type: 'recycle', pixels: reply.pixels }, [reply.pixels]);
    this.#feedInference();
    this.#tune(reply.results.length, reply.seconds);
    this.#finish(reply.results);
    this.#watchIdleInference();
  }

  #feedInference(): void {
    this.#countInference();
    while (this.#batches.length > 0) {
      const thread = this.#inference.reduce((least, other) =>
        other.owners.length < least.owners.length ? other : least,
      );
      if (thread.owners.length >= batchesPerInference) return;
      const { batch, owner } = this.#batches.shift()!;
      thread.owners.push(owner);
      thread.port.postMessage({ type: 'infer', batch }, [batch.pixels]);
    }
  }

  #tune(images: number, seconds: number): void {
    const next = this.#options.tuner?.add(images, seconds) ?? null;
    if (next === null) return;
    for (const loader of this.#loaders) loader.port.postMessage({ type: 'resize', batch: next.size });
    if (next.final) this.#options.onBatch(next.size);
  }

  #finish(results: readonly ImageResult[]): void {
    this.#countInference();
    this.#inside -= results.length;
    this.#options.onResults(results, this.#stages.take());
  }

  /** Called before anything changes that decides whether inference has work. */
  #countInference(): void {
    const now = performance.now();
    const seconds = (now - this.#countedAt) / 1000;
    this.#countedAt = now;
    if (this.#inference.some(({ owners }) => owners.length > 0)) this.#stages.add('inferBusy', seconds);
    else if (this.busy) this.#stages.add('batchWait', seconds);
  }

  /** One slow fetch must not hold up the images that are decoded while nothing else keeps inference busy. */
  #watchIdleInference(): void {
    const idle = this.busy && this.#inference.every((thread) => thread.owners.length === 0);
    if (!idle) {
      clearTimeout(this.#flushTimer);
      this.#flushTimer = undefined;
    } else {
      this.#flushTimer ??= setTimeout(() => {
        this.#flushTimer = undefined;
        for (const loader of this.#loaders) loader.port.postMessage({ type: 'flush' });
        this.#watchIdleInference();
      }, partialBatchWaitMs);
    }
  }
}
