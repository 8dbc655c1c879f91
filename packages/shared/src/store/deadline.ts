/** A time limit and the caller's own signal as one signal. Nothing stays behind: the caller's signal may live long. */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #timeoutMs: number;
  readonly #outer: AbortSignal | undefined;
  #timer: NodeJS.Timeout | undefined;
  #expired = false;

  /** Starts at once. */
  constructor(timeoutMs: number, outer?: AbortSignal) {
    this.#timeoutMs = timeoutMs;
    this.#outer = outer;
    outer?.addEventListener('abort', this.#follow);
    if (outer?.aborted) this.#follow();
    this.restart();
  }

  /** Aborts when the time is over, and when the caller aborts (with the caller's reason). */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Was it the time, and not the caller? */
  get expired(): boolean {
    return this.#expired;
  }

  get timeoutMs(): number {
    return this.#timeoutMs;
  }

  /** The whole time again. */
  restart(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#expired = true;
      this.#controller.abort();
    }, this.#timeoutMs);
  }

  /** Stops the clock, while the caller works on what has come. */
  pause(): void {
    clearTimeout(this.#timer);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#follow);
  }

  #follow = (): void => this.#controller.abort(this.#outer?.reason);
}
