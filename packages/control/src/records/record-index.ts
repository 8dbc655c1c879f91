/**
 * Where each record of a run lies and what it says, so that a gallery of any size reads only what it shows: rows on
 * disk (row-file.ts), the classes in memory. It follows a run that goes on: parts that are new or were replaced by a
 * retry are read, all others are not.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { codeOf } from '@labelmill/shared/errors';
import { partSeq, runFolder } from '@labelmill/shared/run/run-folder';
import type { ObjectStore } from '@labelmill/shared/store/object-store';
import pMap from 'p-map';
import { ClassTable, type NamedClass } from './class-table.ts';
import { ColumnFile } from './column-file.ts';
import { indexPart } from './index-part.ts';
import { blockRows, type RowBlock, RowFile } from './row-file.ts';

/** Parts read at once: enough to hide an S3 round trip. */
const readsAtOnce = 8;

export const indexFiles = { rows: 'rows.bin', uris: 'uris.bin', meta: 'meta.json' } as const;

export const makeFloat64 = (length: number) => new Float64Array(length);

export interface IndexMeta {
  readonly images: number;
  readonly classes: readonly NamedClass[];
}

export class RecordIndex implements AsyncDisposable {
  /** Folder of this index's files. */
  readonly path: string;
  readonly chunkSize: number;
  readonly classes: ClassTable;
  readonly #rows: RowFile;
  readonly #uris: ColumnFile<Float64Array>;
  /** By chunk: of the version that was read. */
  readonly #versions = new Map<number, bigint>();
  #images: number;
  #version = 0;
  #read = 0;
  #found = 0;

  private constructor(
    path: string,
    chunkSize: number,
    meta: IndexMeta,
    rows: RowFile,
    uris: ColumnFile<Float64Array>,
  ) {
    this.path = path;
    this.chunkSize = chunkSize;
    this.classes = new ClassTable(meta.classes);
    this.#images = meta.images;
    this.#rows = rows;
    this.#uris = uris;
  }

  /** An empty index in an empty folder, or (`meta`) one that was written before. */
  static async open(path: string, chunkSize: number, meta?: IndexMeta): Promise<RecordIndex> {
    const flags = meta === undefined ? 'w+' : 'r';
    const rows = await RowFile.open(join(path, indexFiles.rows), flags);
    const uris = await ColumnFile.open(join(path, indexFiles.uris), flags, makeFloat64);
    return new RecordIndex(path, chunkSize, meta ?? { images: 0, classes: [] }, rows, uris);
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
    return { images: this.#images, classes: this.classes.all };
  }

  /** Parts read of those that were to be read, in the update that goes on. */
  get progress(): { readonly read: number; readonly found: number } {
    return { read: this.#read, found: this.#found };
  }

  /** Reads the parts that are new or other than before. */
  async update(store: ObjectStore, folder: string): Promise<void> {
    const changed = await this.#changedParts(store, folder);
    [this.#read, this.#found] = [0, changed.length];
    await pMap(
      changed,
      async ({ seq, uri, version }) => {
        const { body } = await store.read(uri);
        const { rows, hashes } = await indexPart(body, this.classes);
        const first = seq * this.chunkSize;
        await Promise.all([this.#rows.write(first, rows), this.#uris.write(first, hashes)]);
        this.#versions.set(seq, version);
        this.#images = Math.max(this.#images, first + rows.rows);
        this.#read++;
        this.#version++;
      },
      { concurrency: readsAtOnce },
    );
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

  async #changedParts(store: ObjectStore, folder: string) {
    const changed: { seq: number; uri: string; version: bigint }[] = [];
    try {
      for await (const entry of store.list(runFolder.labelsFolder(folder))) {
        const seq = partSeq(entry.uri);
        if (seq === null) continue;
        const version = shortVersion(entry.version);
        if (this.#versions.get(seq) !== version) changed.push({ seq, uri: entry.uri, version });
      }
    } catch (error) {
      // On a disk the folder comes with its first part.
      if (codeOf(error) !== 'source_unreadable') throw error;
    }
    return changed;
  }
}

/** Eight bytes in place of a text for each of very many parts. */
function shortVersion(version: string): bigint {
  return createHash('sha256').update(version).digest().readBigUInt64LE();
}
