/** Ends an engine that hangs or takes too much memory, and remembers why. */
import { watchMemory } from './memory-watch.ts';

/** What an engine may take before it is ended, and followed by another. */
export interface EngineBounds {
  /**
   * An engine whose oldest image stays in it for this long, counted from when it became the oldest, is hung: longer than any
   * limit inside it, retries included. Others that come out meanwhile do not count: one of several loaders may hang alone.
   */
  readonly silenceMs: number;
  /** Resident memory: less than what the kernel would end the supervisor for too. */
  readonly memoryBytes: number;
}

export class EngineWatch implements Disposable {
  readonly #bounds: EngineBounds;
  readonly #kill: (reason: string) => void;
  readonly #memory: Disposable;
  #silence: NodeJS.Timeout | undefined;
  #oldest: number | undefined;
  #reason: string | null = null;

  /** @param kill called once, with the reason, when the engine has to end */
  constructor(pid: number, bounds: EngineBounds, kill: (reason: string) => void) {
    this.#bounds = bounds;
    this.#kill = kill;
    const most = bounds.memoryBytes;
    this.#memory = watchMemory(pid, most, (bytes) =>
      this.#end(`it held ${megabytes(bytes)} of memory, more than ${megabytes(most)},`),
    );
  }

  /** Why the engine was ended, where it was. */
  get reason(): string | null {
    return this.#reason;
  }

  /** Images went in or came out. @param inside those that are inside now by id, in the order in which they went in */
  heard(inside: ReadonlyMap<number, unknown>): void {
    const oldest = inside.keys().next().value;
    if (oldest === this.#oldest || this.#reason !== null) return;
    this.#oldest = oldest;
    clearTimeout(this.#silence);
    if (oldest === undefined) return;
    const { silenceMs } = this.#bounds;
    const why = `it said nothing for ${silenceMs / 1000} s about the image that was in it longest`;
    this.#silence = setTimeout(() => this.#end(why), silenceMs);
  }

  #end(why: string): void {
    if (this.#reason !== null) return;
    this.#reason = `the engine was ended because ${why}`;
    this.#kill(this.#reason);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#silence);
    this.#memory[Symbol.dispose]();
  }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MB`;
}
