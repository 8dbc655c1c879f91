/**
 * A time limit and the caller's own signal as one signal, and a floor for the rate at which an answer comes. Nothing
 * stays behind: the caller's signal may live long.
 */

/** Below this an answer does not come, it drips: an image of 100 kB would take more than a minute and a half. */
const slowestBytesPerSecond = 1_000;
/** Over which the rate is taken, of the time spent waiting: a pause of the network is shorter. */
const rateWindowMs = 10_000;

export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #timeoutMs: number;
  readonly #outer: AbortSignal | undefined;
  #timer: NodeJS.Timeout | undefined;
  #why: string | null = null;
  /** Runs from the answer's head on. */
  #window: { readonly timer: NodeJS.Timeout; readonly endsAt: number } | null = null;
  #windowLeftMs = rateWindowMs;
  #windowBytes = 0;
  #answered = false;

  /** Starts at once. */
  constructor(timeoutMs: number, outer?: AbortSignal) {
    this.#timeoutMs = timeoutMs;
    this.#outer = outer;
    outer?.addEventListener('abort', this.#follow);
    if (outer?.aborted) this.#follow();
    this.restart();
  }

  /** Aborts when the time is over or the answer drips, and when the caller aborts (with the caller's reason). */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Null where it was the caller, or nothing has happened. For people. */
  get why(): string | null {
    return this.#why;
  }

  /** The answer has begun (0 bytes), or a piece of its body has come. */
  received(bytes: number): void {
    this.#windowBytes += bytes;
    this.#answered = true;
    this.#openWindow();
  }

  /** What `work` gives; rejects when the deadline ends first, for work that heeds no signal (finding credentials). */
  async within<T>(work: Promise<T>): Promise<T> {
    const { promise: over, reject } = Promise.withResolvers<never>();
    const end = () => reject(this.signal.reason);
    this.signal.addEventListener('abort', end, { once: true });
    if (this.signal.aborted) end();
    try {
      return await Promise.race([work, over]);
    } finally {
      this.signal.removeEventListener('abort', end);
    }
  }

  /** The whole time again; the rate goes on from where `pause` left it. */
  restart(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#expire(`no answer within ${this.#timeoutMs} ms`), this.#timeoutMs);
    if (this.#answered) this.#openWindow();
  }

  /** Stops the clocks, while the caller works on what has come. */
  pause(): void {
    clearTimeout(this.#timer);
    if (this.#window === null) return;
    clearTimeout(this.#window.timer);
    this.#windowLeftMs = Math.max(0, this.#window.endsAt - performance.now());
    this.#window = null;
  }

  [Symbol.dispose](): void {
    this.pause();
    this.#outer?.removeEventListener('abort', this.#follow);
  }

  #openWindow(): void {
    if (this.#window !== null || this.signal.aborted) return;
    const timer = setTimeout(() => {
      this.#window = null;
      if (this.#windowBytes < (slowestBytesPerSecond * rateWindowMs) / 1000)
        return this.#expire(`fewer than ${slowestBytesPerSecond} bytes a second come`);
      this.#windowBytes = 0;
      this.#windowLeftMs = rateWindowMs;
      this.#openWindow();
    }, this.#windowLeftMs);
    this.#window = { timer, endsAt: performance.now() + this.#windowLeftMs };
  }

  #expire(why: string): void {
    this.#why = why;
    this.#controller.abort();
  }

  #follow = (): void => this.#controller.abort(this.#outer?.reason);
}
