/**
 * Pictures for a page that someone looks at: a few are made at a time, the newest order first, because whoever scrolls on
 * does not wait for what has gone by. A picture that is inside when the process ends is an error; the next order starts
 * another.
 */
import type { ImageLimits } from '../engine/protocol.ts';
import { PictureProcess } from './picture-process.ts';
import type { PictureConfig, PictureResult } from './picture-protocol.ts';

/** Orders that wait; beyond, the oldest is told that it is busy. */
const mostWaiting = 512;

export type PictureOutcome =
  | { readonly status: 'ok'; readonly jpeg: Uint8Array; readonly version: string | null }
  | Extract<PictureResult, { status: 'error' }>;

export interface PictureQueueOptions extends PictureConfig {
  /** Of the process; store credentials are read from it. */
  readonly env: NodeJS.ProcessEnv;
  /** Pictures decoded at a time. */
  readonly atOnce: number;
  /** Resident bytes at which the process is ended. */
  readonly memoryBytes: number;
}

/** The whole image, upright, its longer side at most `side` pixels. */
export interface WantedPicture {
  readonly uri: string;
  readonly side: number;
  readonly fileRoots: readonly string[];
  /** Show what can be decoded of it, where not all can. */
  readonly damaged: boolean;
}

interface Waiting {
  readonly wanted: WantedPicture;
  readonly settle: (outcome: PictureOutcome) => void;
}

export class PictureQueue implements Disposable {
  readonly #options: PictureQueueOptions;
  readonly #waiting: Waiting[] = [];
  #inside = 0;
  #process: PictureProcess | null = null;

  constructor(options: PictureQueueOptions) {
    this.#options = options;
  }

  /** Rejects with the signal's reason where that aborts before the order was begun with. */
  make(wanted: WantedPicture, signal: AbortSignal): Promise<PictureOutcome> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        wanted,
        settle: (outcome) => {
          signal.removeEventListener('abort', takeBack);
          resolve(outcome);
        },
      };
      const takeBack = () => {
        const place = this.#waiting.indexOf(waiting);
        if (place < 0) return;
        this.#waiting.splice(place, 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', takeBack, { once: true });
      this.#waiting.push(waiting);
      if (this.#waiting.length > mostWaiting) this.#waiting.shift()?.settle(busy);
      this.#fill();
    });
  }

  [Symbol.dispose](): void {
    for (const { settle } of this.#waiting.splice(0)) settle(busy);
    void this.#process?.end();
  }

  #fill(): void {
    while (this.#inside < this.#options.atOnce) {
      const waiting = this.#waiting.pop();
      if (waiting === undefined) return;
      void this.#begin(waiting);
    }
  }

  async #begin({ wanted: { uri, side, fileRoots, damaged }, settle }: Waiting): Promise<void> {
    this.#inside++;
    const made = await this.#running().make({ uri, fileRoots, form: { longerSide: side, damaged } });
    this.#inside--;
    settle(made === null ? crashed : outcomeOf(made));
    this.#fill();
  }

  #running(): PictureProcess {
    const { stores, limits, env, memoryBytes } = this.#options;
    if (this.#process === null || this.#process.dead) {
      const bounds = { silenceMs: longestMs(limits), memoryBytes };
      this.#process = new PictureProcess({ stores, limits, bounds, env });
    }
    return this.#process;
  }
}

/** What the engine's own limits leave an image (fetch-image.ts), and something for the encoder. */
function longestMs({ fetchTimeoutMs, decodeTimeoutMs }: ImageLimits): number {
  return 6 * fetchTimeoutMs + 2 * decodeTimeoutMs;
}

function outcomeOf(made: PictureResult): PictureOutcome {
  if (made.status === 'error') return made;
  const { bytes: jpeg, version } = made;
  return { status: 'ok', jpeg, version };
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
