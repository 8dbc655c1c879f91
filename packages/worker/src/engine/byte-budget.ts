/** A bounded number of bytes, handed out in the order they were asked for. Whoever asks for more than there are gets all. */

/** Bytes that someone holds. */
export interface Held extends Disposable {
  readonly bytes: number;
  /** Gives back all but `bytes`. */
  shrink(bytes: number): void;
}

export class ByteBudget {
  readonly #capacity: number;
  #free: number;
  readonly #waiting: { readonly bytes: number; readonly grant: () => void }[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#free = capacity;
  }

  /** Resolves when the caller holds them: a large request waits for all before it, and keeps those behind it waiting. */
  async take(asked: number): Promise<Held> {
    const bytes = Math.min(asked, this.#capacity);
    if (this.#waiting.length === 0 && bytes <= this.#free) this.#free -= bytes;
    else await new Promise<void>((grant) => this.#waiting.push({ bytes, grant }));
    return this.#held(bytes);
  }

  #held(bytes: number): Held {
    let held = bytes;
    const shrink = (to: number) => {
      const back = Math.max(0, held - to);
      held -= back;
      this.#giveBack(back);
    };
    return {
      get bytes() {
        return held;
      },
      shrink,
      [Symbol.dispose]: () => shrink(0),
    };
  }

  #giveBack(bytes: number): void {
    this.#free += bytes;
    while (this.#waiting[0] !== undefined && this.#waiting[0].bytes <= this.#free) {
      const { bytes: next, grant } = this.#waiting.shift()!;
      this.#free -= next;
      grant();
    }
  }
}
