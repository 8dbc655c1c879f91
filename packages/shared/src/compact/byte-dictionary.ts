/** The different texts of a column, numbered as they come. Texts are compared where they lie, and never become strings. */
export class ByteDictionary {
  /** Each behind its length, as a dictionary page has them. */
  #bytes = new Uint8Array(1 << 16);
  /** Where each begins, and behind the last one. */
  #starts = new Int32Array(1 << 10);
  /** Open addressing: number of the text, plus one; 0 where there is none. At most half full. */
  #slots = new Int32Array(1 << 11);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @returns the text's number. The text is UTF-8. */
  place(bytes: Uint8Array, start: number, end: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash(bytes, start, end) & mask;
    for (let known = this.#slots[slot] ?? 0; known > 0; known = this.#slots[slot] ?? 0) {
      if (this.#is(known - 1, bytes, start, end)) return known - 1;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = this.#size + 1;
    return this.#append(bytes, start, end);
  }

  /** The same, tried first at a number that it may have, where there is one. */
  placeNear(guess: number, bytes: Uint8Array, start: number, end: number): number {
    if (guess < this.#size && this.#is(guess, bytes, start, end)) return guess;
    return this.place(bytes, start, end);
  }

  placeText(text: string): number {
    const bytes = Buffer.from(text);
    return this.place(bytes, 0, bytes.length);
  }

  #is(number: number, bytes: Uint8Array, start: number, end: number): boolean {
    const own = this.#bytes;
    let at = (this.#starts[number] ?? 0) + 4;
    if ((this.#starts[number + 1] ?? 0) - at !== end - start) return false;
    for (let from = start; from < end; ) if (own[at++] !== bytes[from++]) return false;
    return true;
  }

  /** The dictionary page: all texts in Parquet's PLAIN encoding. */
  page(): Uint8Array {
    return this.#bytes.slice(0, this.#starts[this.#size]);
  }

  #append(bytes: Uint8Array, start: number, end: number): number {
    const at = this.#starts[this.#size] ?? 0;
    const next = at + 4 + end - start;
    if (next > this.#bytes.length) this.#bytes = grown(this.#bytes, new Uint8Array(2 * next));
    new DataView(this.#bytes.buffer).setUint32(at, end - start, true);
    this.#bytes.set(bytes.subarray(start, end), at + 4);
    this.#size++;
    if (this.#size === this.#starts.length) {
      this.#starts = grown(this.#starts, new Int32Array(2 * this.#starts.length));
    }
    this.#starts[this.#size] = next;
    if (2 * this.#size > this.#slots.length) this.#rehash();
    return this.#size - 1;
  }

  #rehash(): void {
    this.#slots = new Int32Array(2 * this.#slots.length);
    const mask = this.#slots.length - 1;
    for (let number = 0; number < this.#size; number++) {
      const start = (this.#starts[number] ?? 0) + 4;
      let slot = hash(this.#bytes, start, this.#starts[number + 1] ?? 0) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = number + 1;
    }
  }
}

/** FNV-1a, 32 bits. */
function hash(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0x811c9dc5;
  for (let at = start; at < end; at++) sum = Math.imul(sum ^ (bytes[at] ?? 0), 0x01000193);
  return sum ^ (sum >>> 15);
}

function grown<T extends Uint8Array | Int32Array>(before: T, larger: T): T {
  larger.set(before);
  return larger;
}
