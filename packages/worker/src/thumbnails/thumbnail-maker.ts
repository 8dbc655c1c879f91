/**
 * The parent's side of the thumbnail process. When it dies, the images inside are tried again one at a time, each in a
 * process of its own; one that ends that too has no thumbnail. Loads no native code.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { siblingModule } from '@labelmill/shared/sibling-module';
import { forkDecoder } from '../fork-decoder.ts';
import { type EngineBounds, EngineWatch } from '../supervisor/engine-watch.ts';
import type { ThumbnailCall, ThumbnailConfig, ThumbnailReply, ThumbnailResult } from './messages.ts';

/** Images in the process at a time: fetching and decoding overlap, and a few large photos fit into memory. */
const atOnce = 4;

export interface ThumbnailMakerOptions {
  readonly config: ThumbnailConfig;
  readonly bounds: EngineBounds;
  /** Environment of the child; store credentials are read from it. */
  readonly env: NodeJS.ProcessEnv;
}

export class ThumbnailMaker implements AsyncDisposable {
  readonly #options: ThumbnailMakerOptions;
  #child: ThumbnailProcess | null = null;

  constructor(options: ThumbnailMakerOptions) {
    this.#options = options;
  }

  /**
   * One result for each URI, in order.
   * @param onDone called after each image
   * @throws what `signal` says when it aborts
   */
  async make(
    uris: readonly string[],
    signal: AbortSignal,
    onDone: () => void = () => {},
  ): Promise<ThumbnailResult[]> {
    const results: ThumbnailResult[] = [];
    const left = uris.entries();
    const lane = async () => {
      for (const [place, uri] of left) {
        signal.throwIfAborted();
        results[place] = (await this.#shared().make(uri)) ?? (await this.#alone(uri));
        onDone();
      }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    return results;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child?.end();
  }

  #shared(): ThumbnailProcess {
    if (this.#child === null || this.#child.dead) this.#child = new ThumbnailProcess(this.#options);
    return this.#child;
  }

  async #alone(uri: string): Promise<ThumbnailResult> {
    const child = new ThumbnailProcess(this.#options);
    const result = await child.make(uri);
    await child.end();
    const message = 'the image ended the process that made its thumbnail';
    return result ?? { status: 'error', code: 'crashed_decoder', message };
  }
}

class ThumbnailProcess {
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;
  readonly #inside = new Map<number, (result: ThumbnailResult | null) => void>();
  readonly #watch: EngineWatch;
  #nextId = 0;
  dead = false;

  constructor({ config, bounds, env }: ThumbnailMakerOptions) {
    this.#child = forkDecoder(siblingModule(import.meta.url, './main'), env, 'ignore');
    this.#watch = new EngineWatch(this.#child.pid ?? 0, bounds, () => void this.#child.kill('SIGKILL'));
    this.#child.on('message', ({ id, result }: ThumbnailReply) => this.#settle(id, result));
    this.#gone = once(this.#child, 'exit').then(
      () => this.#died(),
      () => this.#died(),
    );
    this.#send({ type: 'start', config });
  }

  /** Null where the process died first. */
  make(uri: string): Promise<ThumbnailResult | null> {
    const { promise, resolve } = Promise.withResolvers<ThumbnailResult | null>();
    const id = this.#nextId++;
    if (this.dead) return Promise.resolve(null);
    this.#inside.set(id, resolve);
    this.#watch.heard(this.#inside);
    this.#send({ type: 'make', image: { id, uri } });
    return promise;
  }

  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#gone;
  }

  #send(call: ThumbnailCall): void {
    // A channel that closed is the exit that is seen anyway.
    if (this.#child.connected) this.#child.send(call, () => {});
  }

  #settle(id: number, result: ThumbnailResult | null): void {
    this.#inside.get(id)?.(result);
    this.#inside.delete(id);
    this.#watch.heard(this.#inside);
  }

  #died(): void {
    this.dead = true;
    for (const id of [...this.#inside.keys()]) this.#settle(id, null);
    this.#watch[Symbol.dispose]();
  }
}
