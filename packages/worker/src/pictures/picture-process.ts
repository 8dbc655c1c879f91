/**
 * Pictures from a process of their own: it decodes a few at a time, the newest order first, because whoever scrolls on
 * does not wait for what has gone by. It is ended when it takes too long or too much memory, and started again for the
 * next order; a picture that was inside is an error then.
 */
import type { ChildProcess } from 'node:child_process';
import { siblingModule } from '@labelmill/shared/sibling-module';
import { forkDecoder } from '../fork-decoder.ts';
import { watchMemory } from '../supervisor/memory-watch.ts';
import type { PictureConfig, PictureOrder, PictureReply } from './picture-protocol.ts';

/** Orders that wait; beyond, the oldest is told that it is busy. */
const mostWaiting = 512;

export type PictureOutcome =
  | { readonly status: 'ok'; readonly jpeg: Uint8Array; readonly version: string | null }
  | { readonly status: 'error'; readonly code: string; readonly message: string };

export interface PictureProcessOptions extends PictureConfig {
  /** Of the child; store credentials are read from it. */
  readonly env: NodeJS.ProcessEnv;
  /** Pictures decoded at a time. */
  readonly atOnce: number;
  /** Resident bytes at which the child is ended. */
  readonly memoryBytes: number;
}

interface Waiting {
  readonly order: PictureOrder;
  readonly settle: (outcome: PictureOutcome) => void;
}

export class PictureProcess implements Disposable {
  readonly #options: PictureProcessOptions;
  readonly #waiting: Waiting[] = [];
  readonly #inside = new Map<number, Waiting & { readonly timer: NodeJS.Timeout }>();
  #child: ChildProcess | undefined;
  #nextId = 0;

  constructor(options: PictureProcessOptions) {
    this.#options = options;
  }

  /** Rejects with the signal's reason where that aborts before the order was begun with. */
  make(wanted: Omit<PictureOrder, 'id'>, signal: AbortSignal): Promise<PictureOutcome> {
    return new Promise((resolve, reject) => {
      const order = { ...wanted, id: this.#nextId++ };
      const takeBack = () => {
        const place = this.#waiting.findIndex((waiting) => waiting.order === order);
        if (place < 0) return;
        this.#waiting.splice(place, 1);
        reject(signal.reason);
      };
      const settle = (outcome: PictureOutcome) => {
        signal.removeEventListener('abort', takeBack);
        resolve(outcome);
      };
      signal.addEventListener('abort', takeBack, { once: true });
      this.#waiting.push({ order, settle });
      if (this.#waiting.length > mostWaiting) this.#waiting.shift()?.settle(busy);
      this.#fill();
    });
  }

  [Symbol.dispose](): void {
    for (const { settle } of this.#waiting.splice(0)) settle(busy);
    this.#child?.kill('SIGKILL');
  }

  #fill(): void {
    while (this.#inside.size < this.#options.atOnce) {
      const waiting = this.#waiting.pop();
      if (waiting === undefined) return;
      const timer = setTimeout(() => this.#child?.kill('SIGKILL'), this.#longestMs());
      this.#inside.set(waiting.order.id, { ...waiting, timer });
      this.#child ??= this.#start();
      this.#child.send(waiting.order, () => {});
    }
  }

  /** What the engine's own limits leave an image (fetch-image.ts), and something for the encoder. */
  #longestMs(): number {
    const { fetchTimeoutMs, decodeTimeoutMs } = this.#options.limits;
    return 6 * fetchTimeoutMs + 2 * decodeTimeoutMs;
  }

  #start(): ChildProcess {
    const child = forkDecoder(siblingModule(import.meta.url, './main'), this.#options.env, 'ignore');
    const watch = watchMemory(child.pid ?? 0, this.#options.memoryBytes, () => child.kill('SIGKILL'));
    child.on('message', (reply: PictureReply) => this.#settle(reply.id, reply));
    const ended = () => {
      watch[Symbol.dispose]();
      if (this.#child !== child) return;
      this.#child = undefined;
      for (const id of [...this.#inside.keys()]) this.#settle(id, crashed);
    };
    child.once('exit', ended);
    child.once('error', ended);
    const { stores, limits } = this.#options;
    child.send({ stores, limits }, () => {});
    return child;
  }

  #settle(id: number, outcome: PictureOutcome): void {
    const inside = this.#inside.get(id);
    if (inside === undefined) return;
    clearTimeout(inside.timer);
    this.#inside.delete(id);
    inside.settle(outcome);
    this.#fill();
  }
}

const busy: PictureOutcome = {
  status: 'error',
  code: 'busy',
  message: 'too many pictures are asked for: try again',
};
const crashed: PictureOutcome = {
  status: 'error',
  code: 'crashed_decoder',
  message: 'the process that decodes pictures ended with this one inside',
};
