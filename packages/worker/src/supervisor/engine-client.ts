/**
 * The supervisor's hold on its engine: every image that it is given gets a result, whatever becomes of the engine. Which
 * images go into the next one, and which of them alone, is for `entrance.ts`; that there is a next one, for
 * `engine-keeper.ts`.
 */
import type { OutageError } from '@labelmill/shared/errors';
import type { ImageResult, Wanted } from '../engine/protocol.ts';
import { crashedDecoder } from './crashed-decoder.ts';
import { EngineKeeper, type EngineKeeperOptions } from './engine-keeper.ts';
import { Entrance, type Waiting } from './entrance.ts';
import type { EngineStatus, ImageLabeller, LabelAlone } from './image-labeller.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface EngineClientOptions extends EngineKeeperOptions {
  /** Called for every image that ends, for progress. */
  readonly onResult: (result: ImageResult) => void;
}

export class EngineClient implements ImageLabeller {
  readonly #options: EngineClientOptions;
  readonly #entrance = new Entrance();
  readonly #keeper: EngineKeeper;
  #nextId = 0;

  private constructor(options: EngineClientOptions) {
    this.#options = options;
    this.#keeper = new EngineKeeper(options, this.#entrance, {
      results: (results) => this.#take(results),
      foundOut: (image, how) => this.#quarantine(image, how),
      abandoned: (images, outage) => {
        for (const image of images) meetOutage(image, outage);
      },
    });
  }

  /** @throws LabelmillError when the engine cannot start: a broken bundle, a missing library */
  static async start(options: EngineClientOptions, signal?: AbortSignal): Promise<EngineClient> {
    const client = new EngineClient(options);
    await client.#keeper.start(signal);
    return client;
  }

  get warmupMs(): number {
    return this.#keeper.warmupMs;
  }

  get status(): EngineStatus {
    return this.#keeper.status;
  }

  /**
   * One result for each URI, in order, with features where they are wanted and the engine's graph gives them.
   * @throws OutageError `engine_failed` while an engine that died cannot be started again; what `signal` says when it aborts
   */
  async label(uris: readonly string[], wanted: Wanted, signal: AbortSignal): Promise<ImageResult[]> {
    signal.throwIfAborted();
    const images = uris.map((uri) => this.#image(uri, wanted));
    const { outage } = this.#keeper;
    if (outage === null) this.#entrance.add(images.map(({ waiting }) => waiting));
    else for (const { waiting } of images) meetOutage(waiting, outage);
    return unlessAborted(Promise.all(images.map(({ result }) => result)), signal);
  }

  /**
   * Does work that labels suspicious images one after the other, with the engine to itself: what else comes waits.
   * @throws as `label`
   */
  async alone<T>(wanted: Wanted, work: (label: LabelAlone) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    if (this.#keeper.outage !== null) throw this.#keeper.outage;
    const done = this.#entrance.alone(async () => {
      signal.throwIfAborted();
      return work((uri) => {
        const { waiting, result } = this.#image(uri, wanted);
        const { outage } = this.#keeper;
        if (outage === null) this.#entrance.addSuspect(waiting);
        else meetOutage(waiting, outage);
        return unlessAborted(result, signal);
      });
    });
    return unlessAborted(done, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#keeper[Symbol.asyncDispose]();
  }

  #image(uri: string, wanted: Wanted): { waiting: Waiting; result: Promise<ImageResult> } {
    const { promise: result, resolve: settle } = Promise.withResolvers<ImageResult>();
    return { waiting: { request: { ...wanted, id: this.#nextId++, uri }, settle, endedAlone: 0 }, result };
  }

  #take(results: readonly ImageResult[]): void {
    for (const result of results) {
      const waiting = this.#entrance.leave(result.id);
      if (waiting !== undefined) this.#settle(waiting, result);
    }
  }

  #quarantine(image: Waiting, how: string): void {
    const { id, uri } = image.request;
    this.#options.log.warn({ uri }, 'image quarantined');
    this.#settle(image, crashedDecoder(id, `${how} while this image was alone in it`));
  }

  #settle(image: Waiting, result: ImageResult): void {
    this.#options.onResult(result);
    image.settle(result);
  }
}

/** It goes back with its chunk, and is labelled again: no result that anyone counts. */
function meetOutage(image: Waiting, { code, message }: OutageError): void {
  image.settle({ id: image.request.id, status: 'outage', code, message });
}
