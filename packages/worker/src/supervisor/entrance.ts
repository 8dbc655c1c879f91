/**
 * Who may be inside the engine. Usually everyone who comes. After a death of the engine every image that was inside is a
 * suspect: suspects go in one at a time with nothing beside them, and the others wait. A suspect that the engine dies of
 * goes into the next one at once, before anything else; one that goes on ending them is found out.
 */
import type { ImageRequest, ImageResult } from '../engine/protocol.ts';

/**
 * An image that ended so many engines, one after the other and alone in each, is what ends them. Once does not show it:
 * the kernel, for want of memory, or an operator may end the engine of an innocent image too. Each further time costs a
 * start of the engine and, for an image that hangs, the watchdog's whole wait.
 */
const mostEndedAlone = 2;

/** An image that waits for its result. */
export interface Waiting {
  readonly request: ImageRequest;
  readonly settle: (result: ImageResult) => void;
  /** Engines that ended while it was a suspect, alone inside. */
  endedAlone: number;
}

export class Entrance {
  readonly #inside = new Map<number, Waiting>();
  readonly #suspects: Waiting[] = [];
  readonly #held: Waiting[] = [];
  /** Is the one inside a suspect? */
  #suspecting = false;
  #send: ((images: readonly Waiting[]) => void) | null = null;
  /** Someone has the engine alone: only suspects go in. */
  #exclusive = false;
  readonly #callers: (() => void)[] = [];

  /** Images inside by id, in the order in which they went in. */
  get inside(): ReadonlyMap<number, Waiting> {
    return this.#inside;
  }

  /** Goes in with all others, as soon as that may be. */
  add(images: readonly Waiting[]): void {
    this.#held.push(...images);
    this.#admit();
  }

  /** Goes in alone. */
  addSuspect(image: Waiting): void {
    this.#suspects.push(image);
    this.#admit();
  }

  /** An engine takes images: `send` is how they go in. */
  open(send: (images: readonly Waiting[]) => void): void {
    this.#send = send;
    this.#admit();
  }

  /** The image with this id has its result; undefined if it was not inside. */
  leave(id: number): Waiting | undefined {
    const image = this.#inside.get(id);
    this.#inside.delete(id);
    return image;
  }

  /** To be called when images have left. */
  next(): void {
    this.#admit();
  }

  /**
   * The engine is gone, and any that were inside may be to blame.
   * @returns the image that is found out, if one is
   */
  died(): Waiting | null {
    const inside = this.#evacuate();
    if (!this.#suspecting) {
      this.#suspects.push(...inside);
      return null;
    }
    const [suspect] = inside;
    if (suspect === undefined) return null;
    suspect.endedAlone++;
    if (suspect.endedAlone >= mostEndedAlone) return suspect;
    this.#suspects.unshift(suspect);
    return null;
  }

  /** The engine is gone, and no image is to blame: a suspect stays one, the others go in together again. */
  lost(): void {
    const line = this.#suspecting ? this.#suspects : this.#held;
    line.unshift(...this.#evacuate());
  }

  /** There will be no engine any more. @returns everyone who waits; who waits for it to be empty may go on */
  abandon(): Waiting[] {
    for (const call of this.#callers.splice(0)) call();
    return [...this.#suspects.splice(0), ...this.#held.splice(0)];
  }

  /** Does the work once the engine is empty; until it ends only suspects go in. One at a time, in order. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    await new Promise<void>((resolve) => {
      this.#callers.push(resolve);
      this.#admit();
    });
    try {
      return await work();
    } finally {
      this.#exclusive = false;
      this.#admit();
    }
  }

  #evacuate(): Waiting[] {
    this.#send = null;
    const inside = [...this.#inside.values()];
    this.#inside.clear();
    return inside;
  }

  #admit(): void {
    if (this.#send === null || (this.#suspecting && this.#inside.size > 0)) return;
    const suspect = this.#inside.size === 0 ? this.#suspects.shift() : undefined;
    this.#suspecting = suspect !== undefined;
    if (suspect !== undefined) this.#put([suspect]);
    else if (this.#suspects.length > 0 || this.#exclusive) return;
    else if (this.#callers.length === 0) this.#put(this.#held.splice(0));
    else if (this.#inside.size === 0) {
      this.#exclusive = true;
      this.#callers.shift()?.();
    }
  }

  #put(images: readonly Waiting[]): void {
    if (images.length === 0) return;
    for (const image of images) this.#inside.set(image.request.id, image);
    this.#send?.(images);
  }
}
