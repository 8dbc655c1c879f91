/**
 * The parent's side of one process that makes pictures. The process is ended when it hangs or takes too much memory, and
 * is not started again: who holds it decides what becomes of the images that were inside. Loads no native code.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { siblingModule } from '@labelmill/shared/sibling-module';
import { forkDecoder } from '../fork-decoder.ts';
import { type EngineBounds, EngineWatch } from '../supervisor/engine-watch.ts';
import type { PictureConfig, PictureOrder, PictureReply, PictureResult } from './picture-protocol.ts';

export interface PictureProcessOptions extends PictureConfig {
  readonly bounds: EngineBounds;
  /** Environment of the child; store credentials are read from it. */
  readonly env: NodeJS.ProcessEnv;
}

export class PictureProcess {
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;
  readonly #inside = new Map<number, (result: PictureResult | null) => void>();
  readonly #watch: EngineWatch;
  #nextId = 0;
  #dead = false;

  constructor({ stores, limits, bounds, env }: PictureProcessOptions) {
    this.#child = forkDecoder(siblingModule(import.meta.url, './main'), env, 'ignore');
    this.#watch = new EngineWatch(this.#child.pid ?? 0, bounds, () => void this.#child.kill('SIGKILL'));
    this.#child.on('message', ({ id, result }: PictureReply) => this.#settle(id, result));
    this.#gone = once(this.#child, 'exit').then(
      () => this.#died(),
      () => this.#died(),
    );
    this.#send({ stores, limits });
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** Null where the process died first. */
  make(wanted: Omit<PictureOrder, 'id'>): Promise<PictureResult | null> {
    if (this.#dead) return Promise.resolve(null);
    const { promise, resolve } = Promise.withResolvers<PictureResult | null>();
    const id = this.#nextId++;
    this.#inside.set(id, resolve);
    this.#watch.heard(this.#inside);
    this.#send({ ...wanted, id });
    return promise;
  }

  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#gone;
  }

  #send(message: PictureConfig | PictureOrder): void {
    // A channel that closed is the exit that is seen anyway.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  #settle(id: number, result: PictureResult | null): void {
    this.#inside.get(id)?.(result);
    this.#inside.delete(id);
    this.#watch.heard(this.#inside);
  }

  #died(): void {
    this.#dead = true;
    for (const id of [...this.#inside.keys()]) this.#settle(id, null);
    this.#watch[Symbol.dispose]();
  }
}
