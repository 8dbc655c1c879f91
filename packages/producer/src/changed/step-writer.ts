import { type CarriedImage, encodeStep, type StepState } from '@labelmill/shared/run/carried-file';
import { LineBuffer } from '@labelmill/shared/run/line-buffer';
import { maxSegmentImages } from '@labelmill/shared/run/segment';

/** Writes the steps of a listing. While one is compressed and written, the comparison goes on. */
export class StepWriter implements AsyncDisposable {
  readonly #create: (step: number, body: Uint8Array) => Promise<void>;
  readonly #carried = new LineBuffer();
  #next: number;
  #writing: Promise<void> = Promise.resolve();

  /** @param create writes a step's file, durably */
  constructor(next: number, create: (step: number, body: Uint8Array) => Promise<void>) {
    this.#next = next;
    this.#create = create;
  }

  carry(image: CarriedImage): void {
    this.#carried.add(JSON.stringify(image));
  }

  /** Must a step be written before more images are carried? */
  get full(): boolean {
    return this.#carried.lines === maxSegmentImages;
  }

  /**
   * Begins to write what was carried since the step before, once that one is written.
   * @param waiting as of `encodeStep`
   */
  async begin(state: StepState, waiting: Uint8Array): Promise<void> {
    await this.#writing;
    this.#writing = this.#write(this.#next++, encodeStep(state, this.#carried.bytes, waiting));
    // Whoever waits for it next is told.
    this.#writing.catch(() => {});
    this.#carried.clear();
  }

  /** All that were begun are written. */
  written(): Promise<void> {
    return this.#writing;
  }

  /** Waits: a step that is written after its listing has failed would meet the next producer's. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing.catch(() => {});
  }

  async #write(step: number, body: Promise<Uint8Array>): Promise<void> {
    await this.#create(step, await body);
  }
}
