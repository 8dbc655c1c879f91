/**
 * How many tasks may run at a time against a service that now and then asks for fewer: additive increase,
 * multiplicative decrease, as TCP shares a line. It begins at the most that is allowed. A task that the service pushed
 * back halves the limit, down to one; those already under way at that moment do not halve it again, since they tell of the
 * same moment. Every task that went through raises it by 1/limit, so by one for each round of as many tasks.
 */
export class AdaptiveLimit {
  readonly #most: number;
  readonly #pushedBack: (error: unknown) => boolean;
  readonly #waiting = new Set<() => void>();
  #limit: number;
  #running = 0;
  /** How often the limit was cut. */
  #cuts = 0;

  /** `pushedBack`: does this error say that the service wants fewer tasks? */
  constructor(most: number, pushedBack: (error: unknown) => boolean) {
    this.#most = most;
    this.#limit = most;
    this.#pushedBack = pushedBack;
  }

  /** Tasks that may run now; at least 1. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  /** Runs the task when it has a place, first come, first served. Throws what it throws, or the reason of `signal`. */
  async run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#running < this.limit) this.#running += 1;
    else await this.#place(signal);
    const cuts = this.#cuts;
    try {
      const result = await task();
      this.#limit = Math.min(this.#most, this.#limit + 1 / this.#limit);
      return result;
    } catch (error) {
      if (this.#pushedBack(error) && cuts === this.#cuts) {
        this.#limit = Math.max(1, this.#limit / 2);
        this.#cuts += 1;
      }
      throw error;
    } finally {
      this.#running -= 1;
      this.#admit();
    }
  }

  /** Resolves when the caller counts among the running. */
  #place(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const admitted = () => {
        signal?.removeEventListener('abort', aborted);
        resolve();
      };
      const aborted = () => {
        this.#waiting.delete(admitted);
        reject(signal?.reason);
      };
      this.#waiting.add(admitted);
      signal?.addEventListener('abort', aborted, { once: true });
    });
  }

  #admit(): void {
    for (const admitted of this.#waiting) {
      if (this.#running >= this.limit) return;
      this.#waiting.delete(admitted);
      this.#running += 1;
      admitted();
    }
  }
}
