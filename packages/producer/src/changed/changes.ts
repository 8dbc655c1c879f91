/** The merge of a listing with the images of an earlier run, both in the order of their URIs. */
import { UsageError } from '@labelmill/shared/errors';
import type { CarriedImage } from '@labelmill/shared/run/carried-file';
import { shown } from '@labelmill/shared/store/shown-uri';
import type { SourceImage } from '../source/source.ts';
import { compareOrderKeys, orderKey } from './image-order.ts';
import type { PreviousImage } from './previous-images.ts';

export type Change =
  | { readonly is: 'unchanged'; readonly image: CarriedImage }
  /** New, of another version, or without a version that could be compared. */
  | { readonly is: 'changed'; readonly image: SourceImage };

/** All that the earlier run listed under one URI. */
interface Group {
  readonly key: string;
  images: number;
  /** The first of them that has a version. */
  labelled: PreviousImage | null;
  listed: boolean;
}

export class Changes {
  /** Images of the earlier run that the listing has passed without naming them. */
  removed: number;
  readonly #previous: AsyncGenerator<readonly PreviousImage[]>;
  #batch: readonly PreviousImage[] = [];
  #at = 0;
  #group: Group | null = null;
  /** Where an earlier listing ended: what lies before is counted. */
  #from: string | null;

  /** @param after the last URI that was compared before, and what was removed until there */
  constructor(
    previous: AsyncGenerator<readonly PreviousImage[]>,
    after: { readonly lastUri: string; readonly removed: number } | null,
  ) {
    this.#previous = previous;
    this.removed = after?.removed ?? 0;
    this.#from = after === null ? null : orderKey(after.lastUri);
  }

  /**
   * Reads both to the end.
   * @throws UsageError `unordered_source`, and what both throw
   */
  async *of(listing: AsyncIterable<SourceImage>): AsyncGenerator<Change> {
    await this.#skip();
    let last = this.#from ?? '';
    for await (const image of listing) {
      const key = orderKey(image.uri);
      if (compareOrderKeys(last, key) > 0) {
        const message = `the store lists ${shown(image.uri)} too late: only listings in the order of their keys can be compared with a run`;
        throw new UsageError('unordered_source', message);
      }
      last = key;
      while (this.#group !== null && this.#group.key !== key && compareOrderKeys(this.#group.key, key) < 0)
        if (!this.#passNow()) await this.#pass();
      yield this.#change(image, key);
    }
    while (this.#group !== null) await this.#pass();
  }

  #change(image: SourceImage, key: string): Change {
    const group = this.#group;
    if (group === null || group.key !== key) return { is: 'changed', image };
    group.listed = true;
    const { uri, version, bytes } = image;
    if (!version || group.labelled?.version !== version || group.labelled.uri !== uri)
      return { is: 'changed', image };
    const { run, index } = group.labelled;
    return {
      is: 'unchanged',
      image: { uri, version, ...(bytes === undefined ? {} : { bytes }), run, index },
    };
  }

  async #skip(): Promise<void> {
    this.#group = await this.#next();
    const from = this.#from;
    if (from === null) return;
    while (this.#group !== null && compareOrderKeys(this.#group.key, from) < 0)
      this.#group = await this.#next();
    if (this.#group?.key === from) this.#group.listed = true;
  }

  /** Passes the group without waiting, where one image alone is the next: nearly always. */
  #passNow(): boolean {
    const [image, behind] = [this.#batch[this.#at], this.#batch[this.#at + 1]];
    if (image === undefined || behind === undefined) return false;
    const key = orderKey(image.uri);
    if (orderKey(behind.uri) === key) return false;
    this.#countGone();
    this.#group = { key, images: 1, labelled: image, listed: false };
    this.#at++;
    return true;
  }

  #countGone(): void {
    if (this.#group !== null && !this.#group.listed) this.removed += this.#group.images;
  }

  async #pass(): Promise<void> {
    this.#countGone();
    this.#group = await this.#next();
  }

  async #next(): Promise<Group | null> {
    let group: Group | null = null;
    for (;;) {
      if (this.#at >= this.#batch.length) {
        const { value, done } = await this.#previous.next();
        if (done) return group;
        this.#batch = value;
        this.#at = 0;
        continue;
      }
      const image = this.#batch[this.#at]!;
      const key: string =
        group !== null && image.uri === group.labelled?.uri ? group.key : orderKey(image.uri);
      if (group !== null && group.key !== key) return group;
      group ??= { key, images: 0, labelled: null, listed: false };
      group.images++;
      if (group.labelled?.version === undefined) group.labelled = image;
      this.#at++;
    }
  }
}
