/**
 * The rows of an index on disk: one of fixed size for each image, at the place that its index in the run gives it. So
 * chunks may come in any order, no run is too large, and memory holds no more than the block that is read.
 *
 * A row is four 32-bit words in this machine's byte order: where its record starts in the part, the record's bytes,
 * class (16 bits) | status (7) | carried (1) | error code (8), and the first label's score as a float. The row of a
 * carried image has in its first two words where its record lies in the run that labelled it: its index there (48 bits)
 * and the number of that run (16).
 */
import { type FileHandle, open } from 'node:fs/promises';

export const rowWords = 4;
const rowBytes = 4 * rowWords;
/** Rows of one block: 128 KiB. */
export const blockRows = 8_192;

/** What a row's status says; 0 where no record has come yet. `gone`: the run that labelled it does not hold it any more. */
export const rowStatus = { ok: 1, error: 2, gone: 3 } as const;

const carriedBit = 1 << 23;
const highHalf = 2 ** 32;

/** Some consecutive rows. */
export interface RowBlock {
  readonly words: Uint32Array;
  readonly scores: Float32Array;
  readonly rows: number;
}

export const startOf = ({ words }: RowBlock, row: number): number => words[row * rowWords] ?? 0;
export const lengthOf = ({ words }: RowBlock, row: number): number => words[row * rowWords + 1] ?? 0;
export const classOf = ({ words }: RowBlock, row: number): number =>
  (words[row * rowWords + 2] ?? 0) & 0xffff;
export const statusOf = ({ words }: RowBlock, row: number): number =>
  ((words[row * rowWords + 2] ?? 0) >>> 16) & 0x7f;
export const hasRecord = (block: RowBlock, row: number): boolean =>
  statusOf(block, row) === rowStatus.ok || statusOf(block, row) === rowStatus.error;
export const isCarried = ({ words }: RowBlock, row: number): boolean =>
  ((words[row * rowWords + 2] ?? 0) & carriedBit) !== 0;
/** Of a carried image: the number of the run that labelled it, and its index there. */
export const originOf = ({ words }: RowBlock, row: number): { number: number; index: number } => {
  const [low = 0, high = 0] = words.subarray(row * rowWords, row * rowWords + 2);
  return { number: high >>> 16, index: low + (high & 0xffff) * highHalf };
};
export const codeNumberOf = ({ words }: RowBlock, row: number): number =>
  (words[row * rowWords + 2] ?? 0) >>> 24;
export const scoreOf = ({ scores }: RowBlock, row: number): number => scores[row * rowWords + 3] ?? 0;

export function packKind(classNumber: number, status: number, codeNumber: number): number {
  return (classNumber | (status << 16) | (codeNumber << 24)) >>> 0;
}

/** Writes where a carried image's record lies. @param kind as of `packKind` @param origin as `originOf` gives it */
export function setCarried(
  { words, scores }: RowBlock,
  row: number,
  origin: { readonly number: number; readonly index: number },
  { kind, score }: { readonly kind: number; readonly score: number },
): void {
  const high = Math.floor(origin.index / highHalf) | (origin.number << 16);
  words.set([origin.index % highHalf, high >>> 0, (kind | carriedBit) >>> 0], row * rowWords);
  scores[row * rowWords + 3] = score;
}

export function emptyBlock(rows: number): RowBlock {
  const memory = new ArrayBuffer(rows * rowBytes);
  return { words: new Uint32Array(memory), scores: new Float32Array(memory), rows };
}

export class RowFile implements AsyncDisposable {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(path: string, flags: 'w+' | 'r'): Promise<RowFile> {
    return new RowFile(await open(path, flags));
  }

  /** Rows from `from` on; those that were never written are 0. */
  async read(from: number, rows: number): Promise<RowBlock> {
    const block = emptyBlock(rows);
    const bytes = new Uint8Array(block.words.buffer);
    await this.#file.read(bytes, 0, bytes.length, from * rowBytes);
    return block;
  }

  async write(from: number, { words }: RowBlock): Promise<void> {
    await this.#file.write(new Uint8Array(words.buffer), 0, words.byteLength, from * rowBytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}
