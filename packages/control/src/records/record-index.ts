/**
 * Where each record of a run lies and what it says, so that a gallery of any size reads only what it shows: rows on
 * disk (row-file.ts), the classes in memory. It follows a run that goes on: parts that are new or were replaced by a
 * retry are read, all others are not.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { carriedStep, partSeq, runFolder } from '@labelmill/shared/run/run-folder';
import type { Run } from '@labelmill/shared/schema/run';
import { isNoFolder } from '@labelmill/shared/store/no-folder';
import type { ObjectStore } from '@labelmill/shared/store/object-store';
import type { Stores } from '@labelmill/shared/store/stores';
import pMap from 'p-map';
import { ClassTable, type NamedClass } from './class-table.ts';
import { ColumnFile } from './column-file.ts';
import { indexCarried } from './index-carried.ts';
import { indexPart } from './index-part.ts';
import { type Origin, OriginTable } from './origin-table.ts';
import { readableLines } from './readable-lines.ts';
import type { RecordPlace } from './record-reader.ts';
import {
  blockRows,
  isCarried,
  lengthOf,
  originOf,
  type RowBlock,
  RowFile,
  rowStatus,
  startOf,
  statusOf,
} from './row-file.ts';

/** Parts read at once: enough to hide an S3 round trip. */
const readsAtOnce = 8;

export const indexFiles = { rows: 'rows.bin', uris: 'uris.bin', meta: 'meta.json' } as const;

export const makeFloat64 = (length: number) => new Float64Array(length);

export interface IndexMeta {
  readonly images: number;
  readonly classes: readonly NamedClass[];
  /** Of carried images; by their numbers in the rows, from 1. */
  readonly origins: readonly Origin[];
}

/** What an index needs to know of its run. */
export type IndexedRun = Pick<Run, 'id' | 'chunkSize' | 'against' | 'partFormat'> & {
  /** URI, ending in `/`. */
  readonly folder: string;
};

export class RecordIndex implements AsyncDisposable {
  /** Folder of this index's files. */
  readonly path: string;
  readonly classes: ClassTable;
  readonly origins: OriginTable;
  readonly #run: IndexedRun;
  readonly #rows: RowFile;
  readonly #uris: ColumnFile<Float64Array>;
  /** By chunk: of the version that was read. */
  readonly #versions = new Map<number, bigint>();
  #images: number;
  #hasCarried = false;
  #version = 0;
  #read = 0;
  #found = 0;

  private constructor(
    path: string,
    run: IndexedRun,
    meta: IndexMeta,
    rows: RowFile,
    uris: ColumnFile<Float64Array>,
  ) {
    this.path = path;
    this.#run = run;
    this.classes = new ClassTable(meta.classes);
    this.origins = new OriginTable(meta.origins);
    this.#images = meta.images;
    this.#rows = rows;
    this.#uris = uris;
  }

  /** An empty index in an empty folder, or (`meta`) one that was written before. */
  static async open(path: string, run: IndexedRun, meta?: IndexMeta): Promise<RecordIndex> {
    const flags = meta === undefined ? 'w+' : 'r';
    const rows = await RowFile.open(join(path, indexFiles.rows), flags);
    const uris = await ColumnFile.open(join(path, indexFiles.uris), flags, makeFloat64);
    return new RecordIndex(path, run, meta ?? { images: 0, classes: [], origins: [] }, rows, uris);
  }

  /** One more than the highest index of a record that is there. */
  get images(): number {
    return this.#images;
  }

  /** Another number whenever anything changed. */
  get version(): number {
    return this.#version;
  }

  get meta(): IndexMeta {
    return { images: this.#images, classes: this.classes.all, origins: this.origins.all };
  }

  /** Parts, and steps of the listing with carried images, read of those that were to be read, in the update that goes on. */
  get progress(): { readonly read: number; readonly found: number } {
    return { read: this.#read, found: this.#found };
  }

  /** Reads the parts that are new or other than before, and, once the listing has ended, what is carried. */
  async update(stores: Stores, signal: AbortSignal): Promise<void> {
    const { folder, chunkSize } = this.#run;
    const store = stores.for(folder);
    const changed = await this.#changedParts(store);
    const steps = await this.#newSteps(store);
    [this.#read, this.#found] = [0, changed.length + steps];
    await pMap(
      changed,
      async ({ seq, uri, version }) => {
        signal.throwIfAborted();
        const { body } = await store.read(uri, { signal });
        const { rows, hashes } = await indexPart(await readableLines(body, uri), this.classes);
        await this.#write(seq * chunkSize, rows, hashes);
        this.#versions.set(seq, version);
      },
      { concurrency: readsAtOnce },
    );
    if (steps === 0) return;
    const carried = indexCarried(stores, this.#run, folder, this.classes, this.origins);
    for await (const { first, rows, hashes } of carried) {
      signal.throwIfAborted();
      await this.#write(first, rows, hashes);
      this.#hasCarried = true;
    }
  }

  /** Where the record of a row lies; null where it is gone. */
  place(at: number, block: RowBlock, row: number): RecordPlace | null {
    const { folder, chunkSize } = this.#run;
    if (!isCarried(block, row)) {
      const part = runFolder.part(folder, Math.floor(at / chunkSize), this.#run);
      return { part, index: at, start: startOf(block, row), length: lengthOf(block, row) };
    }
    const { number, index } = originOf(block, row);
    const origin = this.origins.at(number);
    if (origin === null || statusOf(block, row) === rowStatus.gone) return null;
    const seq = Math.floor(index / origin.chunkSize);
    return { part: runFolder.part(origin.folder, seq, origin), index, line: index - seq * origin.chunkSize };
  }

  /** The run that labelled a row's image, where that is another. */
  carriedFrom(block: RowBlock, row: number): string | null {
    return isCarried(block, row) ? (this.origins.at(originOf(block, row).number)?.run ?? null) : null;
  }

  /** Blocks of rows, in order; the last may be short. */
  async *blocks(from = 0): AsyncGenerator<{ first: number; block: RowBlock }> {
    for (let first = from; first < this.#images; first += blockRows) {
      yield { first, block: await this.#rows.read(first, Math.min(blockRows, this.#images - first)) };
    }
  }

  async rows(first: number, count: number): Promise<RowBlock> {
    return this.#rows.read(first, Math.max(0, Math.min(count, this.#images - first)));
  }

  async uriHashes(first: number, count: number): Promise<Float64Array> {
    return this.#uris.read(first, Math.max(0, Math.min(count, this.#images - first)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#rows[Symbol.asyncDispose](), this.#uris[Symbol.asyncDispose]()]);
  }

  async #write(first: number, rows: RowBlock, hashes: Float64Array): Promise<void> {
    await Promise.all([this.#rows.write(first, rows), this.#uris.write(first, hashes)]);
    this.#images = Math.max(this.#images, first + rows.rows);
    this.#read++;
    this.#version++;
  }

  /** Steps never change once the listing has ended, and until then they are of no use here. */
  async #newSteps(store: ObjectStore): Promise<number> {
    const { folder, against } = this.#run;
    if (against === undefined || this.#hasCarried) return 0;
    if ((await store.head(runFolder.listed(folder))) === null) return 0;
    let steps = 0;
    for await (const { uri } of store.list(runFolder.manifestFolder(folder)))
      if (carriedStep(uri) !== null) steps++;
    return steps;
  }

  async #changedParts(store: ObjectStore) {
    const changed: { seq: number; uri: string; version: bigint }[] = [];
    try {
      for await (const entry of store.list(runFolder.labelsFolder(this.#run.folder))) {
        const seq = partSeq(entry.uri, this.#run);
        if (seq === null) continue;
        const version = shortVersion(entry.version);
        if (this.#versions.get(seq) !== version) changed.push({ seq, uri: entry.uri, version });
      }
    } catch (error) {
      // On a disk the folder comes with its first part.
      if (!isNoFolder(error)) throw error;
    }
    return changed;
  }
}

/** Eight bytes in place of a text for each of very many parts. */
function shortVersion(version: string): bigint {
  return createHash('sha256').update(version).digest().readBigUInt64LE();
}
