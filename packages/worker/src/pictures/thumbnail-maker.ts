/**
 * Thumbnails of a known number of images. When the process that makes them dies, the images inside are tried again one at
 * a time, each in a process of its own; one that ends that too has no thumbnail.
 */
import { PictureProcess, type PictureProcessOptions } from './picture-process.ts';
import type { PictureResult } from './picture-protocol.ts';
import type { ThumbnailSize } from './thumbnail.ts';

/** Images in the process at a time: fetching and decoding overlap, and a few large photos fit into memory. */
const atOnce = 4;

export interface ThumbnailMakerOptions extends PictureProcessOptions {
  readonly size: ThumbnailSize;
}

export class ThumbnailMaker implements AsyncDisposable {
  readonly #options: ThumbnailMakerOptions;
  #process: PictureProcess | null = null;

  constructor(options: ThumbnailMakerOptions) {
    this.#options = options;
  }

  /**
   * One result for each URI, in order.
   * @param onDone called after each image
   * @throws what `signal` says when it aborts
   */
  async make(
    uris: readonly string[],
    signal: AbortSignal,
    onDone: () => void = () => {},
  ): Promise<PictureResult[]> {
    const results: PictureResult[] = [];
    const left = uris.entries();
    const lane = async () => {
      for (const [place, uri] of left) {
        signal.throwIfAborted();
        results[place] = (await this.#shared().make(this.#order(uri))) ?? (await this.#alone(uri));
        onDone();
      }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    return results;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.end();
  }

  #order(uri: string) {
    const { stores, size } = this.#options;
    return { uri, fileRoots: stores.fileRoots, form: { square: size } };
  }

  #shared(): PictureProcess {
    if (this.#process === null || this.#process.dead) this.#process = new PictureProcess(this.#options);
    return this.#process;
  }

  async #alone(uri: string): Promise<PictureResult> {
    const own = new PictureProcess(this.#options);
    const result = await own.make(this.#order(uri));
    await own.end();
    const message = 'the image ended the process that made its thumbnail';
    return result ?? { status: 'error', code: 'crashed_decoder', message };
  }
}
