/**
 * Two runs beside each other, image by image: for each row of one the row of the other with the same URI, and whether
 * its first label (or its status) is another.
 */
import { join } from 'node:path';
import { HttpProblem } from '../problem.ts';
import { ColumnFile } from './column-file.ts';
import type { RecordIndex } from './record-index.ts';
import { classOf, hasRecord, type RowBlock, statusOf } from './row-file.ts';

/** Of the run that is compared with: its table takes 16 to 24 bytes an image while the comparison is made. */
export const mostComparedImages = 8_000_000;

const changedBit = 0x80000000;
const none = 0;
const makeUint32 = (length: number) => new Uint32Array(length);

/** The comparison's part beside a block of rows. */
export class ComparedRows {
  readonly #partners: Uint32Array;

  constructor(partners: Uint32Array) {
    this.#partners = partners;
  }

  changed(row: number): boolean {
    return ((this.#partners[row] ?? 0) & changedBit) !== 0;
  }

  /** Index of the same image in the other run; null where that run does not have it. */
  partner(row: number): number | null {
    const partner = (this.#partners[row] ?? none) & ~changedBit;
    return partner === none ? null : partner - 1;
  }
}

export class Comparison implements AsyncDisposable {
  readonly #column: ColumnFile<Uint32Array>;
  readonly changed: number;

  private constructor(column: ColumnFile<Uint32Array>, changed: number) {
    this.#column = column;
    this.changed = changed;
  }

  /** @throws HttpProblem `too_large_to_compare` */
  static async make(one: RecordIndex, other: RecordIndex, path: string): Promise<Comparison> {
    if (other.images > mostComparedImages) {
      const message = `runs of more than ${mostComparedImages} images are not compared here`;
      throw new HttpProblem(400, 'too_large_to_compare', message);
    }
    const table = await UriTable.of(other);
    const column = await ColumnFile.open(join(path, 'compared.bin'), 'w+', makeUint32);
    let changed = 0;
    for await (const { first, block } of one.blocks()) {
      const hashes = await one.uriHashes(first, block.rows);
      const partners = new Uint32Array(block.rows);
      for (let row = 0; row < block.rows; row++) {
        if (!hasRecord(block, row)) continue;
        const at = table.find(hashes[row] ?? 0, first + row);
        if (at === null) continue;
        const differs =
          table.says(at) !==
          kindOf(block, row, (number) => other.classes.numberOfId(one.classes.named(number)?.id ?? ''));
        if (differs) changed++;
        partners[row] = ((at + 1) | (differs ? changedBit : 0)) >>> 0;
      }
      await column.write(first, partners);
    }
    return new Comparison(column, changed);
  }

  async rows(first: number, count: number): Promise<ComparedRows> {
    return new ComparedRows(await this.#column.read(first, count));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#column[Symbol.asyncDispose]();
  }
}

/** Status and class as one number, the class as the other run numbers it; a class that is unknown there is its own. */
function kindOf(block: RowBlock, row: number, classThere: (number: number) => number): number {
  const number = classOf(block, row);
  const there = number === 0 ? 0 : classThere(number) || 0xffff;
  return (statusOf(block, row) << 16) | there;
}

/** Index by URI hash: open addressing with linear probing, at most half full. */
class UriTable {
  readonly #hashes: Float64Array;
  readonly #kinds: Uint32Array;
  readonly #slots: Uint32Array;

  private constructor(images: number) {
    this.#hashes = new Float64Array(images);
    this.#kinds = new Uint32Array(images);
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * images + 2)));
  }

  static async of(index: RecordIndex): Promise<UriTable> {
    const table = new UriTable(index.images);
    for await (const { first, block } of index.blocks()) {
      table.#hashes.set(await index.uriHashes(first, block.rows), first);
      for (let row = 0; row < block.rows; row++) {
        if (!hasRecord(block, row)) continue;
        table.#kinds[first + row] = kindOf(block, row, (number) => number);
        table.#add(first + row);
      }
    }
    return table;
  }

  says(at: number): number {
    return this.#kinds[at] ?? 0;
  }

  /** @param near taken where it has the hash: a URI that is listed twice is compared with itself */
  find(hash: number, near: number): number | null {
    if (this.#hashes[near] === hash && this.#kinds[near] !== 0) return near;
    for (let slot = this.#slotOf(hash); ; slot = (slot + 1) % this.#slots.length) {
      const at = (this.#slots[slot] ?? 0) - 1;
      if (at < 0) return null;
      if (this.#hashes[at] === hash) return at;
    }
  }

  #add(at: number): void {
    let slot = this.#slotOf(this.#hashes[at] ?? 0);
    while (this.#slots[slot] !== 0) slot = (slot + 1) % this.#slots.length;
    this.#slots[slot] = at + 1;
  }

  #slotOf(hash: number): number {
    return hash % this.#slots.length;
  }
}
