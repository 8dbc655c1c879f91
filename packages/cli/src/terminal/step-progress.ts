import type { Console } from './console.ts';
import { Progress, type ProgressState } from './progress.ts';

export interface Step {
  /** Said when it begins. */
  readonly title: string;
  /** What is counted. */
  readonly unit: string;
}

/** Progress of work in several steps: each is announced by a line and has a bar of its own. */
export class StepProgress implements Disposable {
  readonly #console: Console;
  #step: Step | null = null;
  #state: ProgressState = { done: 0, errors: 0, total: 0, totalIsFinal: false };
  #progress: Progress | null = null;

  constructor(console: Console) {
    this.#console = console;
  }

  /** @param total null while it is not known. */
  show(step: Step, done: number, total: number | null): void {
    this.#state = { done, errors: 0, total: total ?? done, totalIsFinal: total !== null, unit: step.unit };
    if (step === this.#step) return;
    this.#progress?.[Symbol.dispose]();
    this.#step = step;
    this.#console.note(step.title);
    this.#progress = new Progress(this.#console, () => this.#state);
  }

  [Symbol.dispose](): void {
    this.#progress?.[Symbol.dispose]();
    this.#progress = null;
  }
}
