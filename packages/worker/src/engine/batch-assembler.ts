/** Puts decoded images side by side into whole-batch buffers: one copy per image, a bounded number of buffers. */
import type { ImageBatch, LoadedImage } from './thread-messages.ts';

export interface BatchAssemblerOptions {
  /** Images per full batch, for the start. */
  readonly batch: number;
  /** Images that a buffer has room for. */
  readonly largest: number;
  /** Bytes of one image: H×W×3. */
  readonly imageBytes: number;
  /** Buffers that may exist at a time, those on their way through inference included. */
  readonly buffers: number;
  /** Takes the batch; its buffer belongs to the receiver until it is recycled. */
  readonly send: (batch: ImageBatch) => void;
}

export class BatchAssembler {
  readonly #options: BatchAssemblerOptions;
  readonly #spare: ArrayBuffer[] = [];
  #unborn: number;
  #batch: number;
  #pixels: ArrayBuffer | undefined;
  #images: LoadedImage[] = [];
  #waiting: (() => void)[] = [];

  constructor(options: BatchAssemblerOptions) {
    this.#options = options;
    this.#unborn = options.buffers;
    this.#batch = options.batch;
  }

  /** Copies one image into the open batch and sends it when full. Waits while every buffer is elsewhere. */
  async add(image: LoadedImage, pixels: Uint8Array): Promise<void> {
    while (this.#pixels === undefined) {
      this.#pixels = this.#takeBuffer();
      if (this.#pixels === undefined) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    new Uint8Array(this.#pixels).set(pixels, this.#images.length * this.#options.imageBytes);
    this.#images.push(image);
    if (this.#images.length >= this.#batch) this.flush();
  }

  /** Batches have this many images from now on, at most `largest`. */
  resize(batch: number): void {
    this.#batch = batch;
    if (this.#images.length >= batch) this.flush();
  }

  /** Sends the open batch as it is; quiet if nothing is in it. */
  flush(): void {
    if (this.#pixels === undefined || this.#images.length === 0) return;
    const batch = { pixels: this.#pixels, images: this.#images };
    this.#pixels = undefined;
    this.#images = [];
    this.#options.send(batch);
  }

  /** Takes a buffer back after inference. */
  recycle(pixels: ArrayBuffer): void {
    this.#spare.push(pixels);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  #takeBuffer(): ArrayBuffer | undefined {
    const spare = this.#spare.pop();
    if (spare !== undefined || this.#unborn === 0) return spare;
    this.#unborn -= 1;
    return new ArrayBuffer(this.#options.largest * this.#options.imageBytes);
  }
}
