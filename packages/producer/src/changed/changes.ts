/** The merge of a listing with the images of an earlier run, both in the order of their URIs. */
import { UsageError } from '@labelmill/shared/errors';
import type { CarriedImage } from '@labelmill/shared/run/carried-file';
import { shown } from '@labelmill/shared/store/shown-uri';
import type { SourceImage } from '../source/source.ts';
import { compareOrderKeys, orderKey } from './image-order.ts';
import type { PreviousImage } from './previous-images.ts';

export class Changes {
  /** Images of the earlier run that the listing has passed without naming them. */
  removed: number;
  readonly #previous: AsyncGenerator<readonly PreviousImage[]>;
  #batch: readonly PreviousImage[] = [];
  #at = 0;
  #ended = false;
  /** Of the image at `#at`, where it is known. */
  #ahead: string | null = null;
  /** All that the earlier run listed under one URI: the group that the listing comes to next; null behind the last. */
  #key: string | null = null;
  #images = 0;
  /** The first of them that has a version. */
  #labelled: PreviousImage | null = null;
  #listed = false;
  #begun = false;
  /** Where an earlier listing ended: what lies before is counted. */
  readonly #from: string | null;
  /** Of the image that was compared last. */
  #last: string;

  /** @param after the last URI that was compared before, and what was removed until there */
  constructor(
    previous: AsyncGenerator<readonly PreviousImage[]>,
    after: { readonly lastUri: string; readonly removed: number } | null,
  ) {
    this.#previous = previous;
    this.removed = after?.removed ?? 0;
    this.#from = after === null ? null : orderKey(after.lastUri);
    this.#last = this.#from ?? '';
  }

  /**
   * Compares the next image of the listing. The answer comes at once where what is in memory of the earlier run is
   * enough: nearly always.
   * @returns the image as it is carried; null where it is new, of another version, or has none that could be compared
   * @throws UsageError `unordered_source`, and what reading the earlier run throws
   */
  next(image: SourceImage): CarriedImage | null | Promise<CarriedImage | null> {
    const key = orderKey(image.uri);
    if (compareOrderKeys(this.#last, key) > 0) {
      const message = `the store lists ${shown(image.uri)} too late: only listings in the order of their keys can be compared with a run`;
      throw new UsageError('unordered_source', message);
    }
    this.#last = key;
    return this.#begun && this.#passTo(key) ? this.#compare(image, key) : this.#readTo(image, key);
  }

  /** The listing has ended: what is left of the earlier run is removed. */
  async end(): Promise<void> {
    if (!this.#begun) await this.#begin();
    while (this.#key !== null) {
      this.#countGone();
      await this.#gatherMore();
    }
  }

  async #readTo(image: SourceImage, key: string): Promise<CarriedImage | null> {
    if (!this.#begun) await this.#begin();
    do await this.#gatherMore();
    while (!this.#passTo(key));
    return this.#compare(image, key);
  }

  #compare({ uri, version, bytes }: SourceImage, key: string): CarriedImage | null {
    if (this.#key !== key) return null;
    this.#listed = true;
    const labelled = this.#labelled;
    if (!version || labelled?.version !== version || labelled.uri !== uri) return null;
    return { uri, version, bytes, run: labelled.run, index: labelled.index };
  }

  /** Comes to the first group and, going on with a listing, to the one where that ended. */
  async #begin(): Promise<void> {
    this.#begun = true;
    await this.#gatherMore();
    const from = this.#from;
    if (from === null) return;
    while (this.#isBefore(from)) {
      this.#clear();
      await this.#gatherMore();
    }
    if (this.#key === from) this.#listed = true;
  }

  /** Counts the groups before the key. @returns whether the batch held all of them and the next one */
  #passTo(key: string): boolean {
    while (this.#isBefore(key)) {
      this.#countGone();
      if (!this.#gather()) return false;
    }
    return true;
  }

  #isBefore(key: string): boolean {
    return this.#key !== null && this.#key !== key && compareOrderKeys(this.#key, key) < 0;
  }

  #countGone(): void {
    if (!this.#listed) this.removed += this.#images;
    this.#clear();
  }

  #clear(): void {
    this.#key = null;
    this.#images = 0;
    this.#labelled = null;
    this.#listed = false;
  }

  /** Adds to the group what the batch has of it. @returns whether that is all of it */
  #gather(): boolean {
    for (; this.#at < this.#batch.length; this.#at++) {
      const image = this.#batch[this.#at]!;
      const key = this.#ahead ?? orderKey(image.uri);
      this.#ahead = key;
      this.#key ??= key;
      if (this.#key !== key) return true;
      this.#ahead = null;
      this.#images++;
      if (this.#labelled?.version === undefined) this.#labelled = image;
    }
    return this.#ended;
  }

  async #gatherMore(): Promise<void> {
    while (!this.#gather()) {
      const { value, done } = await this.#previous.next();
      this.#ended = done === true;
      this.#batch = done ? [] : value;
      this.#at = 0;
    }
  }
}
