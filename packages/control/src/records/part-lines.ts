const newline = 0x0a;

/** The bytes of a part's lines, by their number: record n of a chunk is line n of its part. */
export class PartLines {
  readonly #bytes: Buffer;
  /** Where each line ends. */
  readonly #ends: readonly number[];

  constructor(body: Uint8Array) {
    this.#bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    const ends: number[] = [];
    for (let end = this.#bytes.indexOf(newline); end >= 0; end = this.#bytes.indexOf(newline, end + 1))
      ends.push(end);
    this.#ends = ends;
  }

  get count(): number {
    return this.#ends.length;
  }

  /** Where the line starts in the part. @param number from 0 */
  start(number: number): number {
    return number === 0 ? 0 : (this.#ends[number - 1] ?? this.#bytes.length) + 1;
  }

  /** Without its end; empty where there is no such line. */
  line(number: number): Buffer {
    return this.#bytes.subarray(this.start(number), this.#ends[number] ?? this.start(number));
  }
}
