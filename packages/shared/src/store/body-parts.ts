/** A body whose parts are of use before the whole has come. */
import type { Deadline } from './deadline.ts';
import type { ObjectBody } from './object-store.ts';

export interface BodyParts {
  /** Where each part ends, in bytes from the body's beginning; ascending. */
  readonly ends: readonly number[];
  /** So many parts have come: they lie in `soFar.body`, which is a view of the whole body's memory. */
  readonly onCome: (parts: number, soFar: ObjectBody) => void;
}

/** Tells of the parts as the bytes come. Each has the time limit of a whole read, counted from the one before. */
export class ComingParts {
  readonly #parts: BodyParts;
  readonly #deadline: Deadline;
  #come = 0;

  constructor(parts: BodyParts, deadline: Deadline) {
    this.#parts = parts;
    this.#deadline = deadline;
  }

  /** More bytes have come. */
  add(soFar: ObjectBody): void {
    const { ends, onCome } = this.#parts;
    const before = this.#come;
    while (this.#come < ends.length && ends[this.#come]! <= soFar.body.length) this.#come += 1;
    if (this.#come === before) return;
    this.#deadline.restart();
    onCome(this.#come, soFar);
  }
}
