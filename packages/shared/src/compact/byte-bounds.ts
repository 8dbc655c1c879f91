/** The least and the greatest of some texts by their bytes, as Parquet's statistics compare them. */
export class ByteBounds {
  readonly #least = new Bound();
  readonly #greatest = new Bound();
  #any = false;

  /** UTF-8. */
  add(bytes: Uint8Array, start: number, end: number): void {
    if (!this.#any) {
      this.#least.set(bytes, start, end);
      this.#greatest.set(bytes, start, end);
      this.#any = true;
    } else if (this.#greatest.compare(bytes, start, end) > 0) this.#greatest.set(bytes, start, end);
    else if (this.#least.compare(bytes, start, end) < 0) this.#least.set(bytes, start, end);
  }

  get statistics(): { readonly min_value?: Uint8Array; readonly max_value?: Uint8Array } {
    return this.#any ? { min_value: this.#least.value, max_value: this.#greatest.value } : {};
  }
}

/** In memory that is used again: in order, each text is the greatest so far. */
class Bound {
  #bytes = new Uint8Array(256);
  #length = 0;

  get value(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  set(bytes: Uint8Array, start: number, end: number): void {
    this.#length = end - start;
    if (this.#length > this.#bytes.length) this.#bytes = new Uint8Array(2 * this.#length);
    for (let place = 0; place < this.#length; place++) this.#bytes[place] = bytes[start + place] ?? 0;
  }

  /** Above 0 where the text is greater than this. */
  compare(bytes: Uint8Array, start: number, end: number): number {
    const length = Math.min(end - start, this.#length);
    for (let place = 0; place < length; place++) {
      const difference = (bytes[start + place] ?? 0) - (this.#bytes[place] ?? 0);
      if (difference !== 0) return difference;
    }
    return end - start - this.#length;
  }
}
