/**
 * Bounds what the images of one loader thread take, by their bytes: however large they are, and however many may be
 * under way. What is decoded, and waits in a batch, has the network's size and is bounded by the batches' number.
 */
import { ImageError } from '@labelmill/shared/errors';
import type { ObjectBody } from '@labelmill/shared/store/object-store';
import { ByteBudget, type Held } from './byte-budget.ts';
import type { EngineConfig } from './protocol.ts';

export type ImageMemoryConfig = Pick<
  EngineConfig,
  'imageMemoryBytes' | 'loaderThreads' | 'fetchConcurrency' | 'limits'
>;

/** A file is mostly a tenth of its pixels or less, and more of them are under way. */
const fetchedShare = 0.25;

export interface HeldBody extends Disposable {
  readonly object: ObjectBody;
}

/** Of one read: so many are under way without any of them waiting for memory. */
export function ordinaryBytes({
  imageMemoryBytes,
  loaderThreads,
  fetchConcurrency,
  limits,
}: ImageMemoryConfig): number {
  const bytes = (imageMemoryBytes / loaderThreads) * fetchedShare;
  return Math.min(limits.maxBytes, Math.floor(bytes / fetchConcurrency));
}

export class ImageMemory {
  readonly #fetched: ByteBudget;
  readonly #decoded: ByteBudget;
  readonly #maxBytes: number;
  readonly #ordinary: number;

  constructor(config: ImageMemoryConfig) {
    const bytes = config.imageMemoryBytes / config.loaderThreads;
    this.#fetched = new ByteBudget(bytes * fetchedShare);
    this.#decoded = new ByteBudget(bytes * (1 - fetchedShare));
    this.#maxBytes = config.limits.maxBytes;
    this.#ordinary = ordinaryBytes(config);
  }

  /**
   * Reads an object within the budget. Its size is known only when the store answers, and a connection should not be
   * kept waiting then: so a larger one than usual is refused, and read again when there is room for the largest.
   * @param read reads at most so many bytes, or throws ImageError `too_large`
   */
  async fetch(read: (maxBytes: number) => Promise<ObjectBody>): Promise<HeldBody> {
    const object = await this.#read(this.#ordinary, read);
    return object ?? (await this.#read(this.#maxBytes, read))!;
  }

  /** Room for what is fetched, of a size that is known beforehand. */
  hold(bytes: number): Promise<Held> {
    return this.#fetched.take(bytes);
  }

  /** Room for a decode of so many bytes. */
  decode(bytes: number): Promise<Held> {
    return this.#decoded.take(bytes);
  }

  /** Null where the object is larger than `maxBytes`, and larger ones are allowed. */
  async #read(maxBytes: number, read: (maxBytes: number) => Promise<ObjectBody>): Promise<HeldBody | null> {
    const held = await this.#fetched.take(maxBytes);
    try {
      const object = await read(maxBytes);
      held.shrink(object.body.length);
      return { object, [Symbol.dispose]: () => held[Symbol.dispose]() };
    } catch (error) {
      held[Symbol.dispose]();
      if (maxBytes < this.#maxBytes && error instanceof ImageError && error.code === 'too_large') return null;
      throw error;
    }
  }
}
