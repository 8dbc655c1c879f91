/** Texts as Parquet's PLAIN encoding has them, each behind its length, in memory that is used again and again. */
export class ByteValues {
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** UTF-8, copied from `bytes`. */
  append(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.#reserve(length + 4);
    this.#view.setUint32(this.#length, length, true);
    const to = this.#bytes;
    // Texts are short: a call to copy them takes longer than copying them.
    for (let from = start, at = this.#length + 4; from < end; ) to[at++] = bytes[from++] ?? 0;
    this.#length += length + 4;
  }

  appendText(text: string): void {
    const bytes = Buffer.from(text);
    this.append(bytes, 0, bytes.length);
  }

  /** A copy of all, which are then forgotten. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const before = this.#bytes;
    this.#bytes = new Uint8Array(Math.max(2 * before.length, this.#length + bytes));
    this.#bytes.set(before.subarray(0, this.#length));
    this.#view = new DataView(this.#bytes.buffer);
  }
}
