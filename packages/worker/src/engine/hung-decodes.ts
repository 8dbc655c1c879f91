/**
 * Native code that never returns keeps a thread of libuv's pool, and a core, after its image was given up. Once all threads
 * are kept, every image would run into its limit: so the engine is ended before that, and followed by another.
 */
import { givenUpWork } from './within-limit.ts';

/** What goes on for so many times the limit does not come back. The pool has threads for as many decodes at a time. */
export const hungAfterLimits = 3;

export class HungDecodes {
  readonly #waitMs: number;
  readonly #onHung: (message: string) => void;

  /** @param onHung called, perhaps again and again, while a decode is hung */
  constructor(decodeTimeoutMs: number, onHung: (message: string) => void) {
    this.#waitMs = (hungAfterLimits - 1) * decodeTimeoutMs;
    this.#onHung = onHung;
  }

  /** A decode was given up: is looked after when it would be hung. */
  gaveUp(): void {
    const then = [...givenUpWork];
    const look = () => {
      if (!then.some((work) => givenUpWork.has(work))) return;
      this.#onHung(`a decode goes on ${this.#waitMs / 1000} s after it was given up`);
    };
    setTimeout(look, this.#waitMs).unref();
  }
}
