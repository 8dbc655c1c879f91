/**
 * Lines of text in one growing piece of memory that is used again and again. As strings they would live long enough that
 * V8 lets a hundred megabytes of them pile up.
 */
export class LineBuffer {
  #bytes = Buffer.allocUnsafeSlow(2 ** 16);
  #end = 0;
  #lines = 0;

  get lines(): number {
    return this.#lines;
  }

  /** Good until a line is added or all are cleared. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
  }

  add(line: string): void {
    // No character of UTF-16 has more than three bytes.
    const most = this.#end + 3 * line.length + 1;
    if (most > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(2 * most);
      this.#bytes.copy(larger, 0, 0, this.#end);
      this.#bytes = larger;
    }
    this.#end += this.#bytes.write(`${line}\n`, this.#end);
    this.#lines++;
  }

  clear(): void {
    this.#end = 0;
    this.#lines = 0;
  }
}
