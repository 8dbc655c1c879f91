/**
 * The indexes of runs. That of a closed run is kept on disk under the run's folder and the version of its summary, and
 * never changes again; that of a run that goes on is this process's own and is brought up to date when someone looks.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf } from '@labelmill/shared/errors';
import type { Logger } from '@labelmill/shared/logging';
import { runFolder } from '@labelmill/shared/run/run-folder';
import type { Stores } from '@labelmill/shared/store/stores';
import { type IndexedRun, type IndexMeta, indexFiles, RecordIndex } from './record-index.ts';

/** Indexes that are open at a time, and those of closed runs that stay on disk: 24 bytes for each image. */
const mostOpen = 8;
const mostKept = 32;
/** Of folders that are this process's alone. */
const ownPrefix = 'new-';
/** What a process that was killed left behind. */
const abandonedAfterMs = 24 * 3_600_000;
/** What rows and `meta.json` mean; one more whenever that changes, so that what older versions left is not read. */
const rowFormat = 3;
/** A run that goes on is looked at again after this, and after ten times what the last look took. */
const leastGapMs = 1_000;
const gapFactor = 10;

export class OpenIndex {
  readonly index: RecordIndex;
  /** The summary's version that it belongs to; null: the run goes on. */
  readonly closedAs: string | null;
  /** Settles when every part that was there is in it; while it goes on, what has come can be shown. */
  updating: Promise<void>;
  failure: unknown = null;
  /** Ends the update that goes on, when nobody will look at the index any more. */
  readonly stop = new AbortController();
  complete = false;
  /** Was it brought up to date once? Before, nobody knows how many parts there are. */
  looked = false;
  nextUpdateAt = 0;
  /** A page of pictures asks some dozen times. */
  nextCheckAt = 0;

  constructor(index: RecordIndex, closedAs: string | null) {
    this.index = index;
    this.closedAs = closedAs;
    this.updating = Promise.resolve();
  }
}

export class IndexShelf implements AsyncDisposable {
  readonly #folder: string;
  readonly #stores: Stores;
  readonly #log: Logger;
  readonly #open = new Map<string, Promise<OpenIndex>>();

  /** @param folder a folder of this user's cache */
  constructor(folder: string, stores: Stores, log: Logger) {
    this.#folder = folder;
    this.#stores = stores;
    this.#log = log;
  }

  async of(run: IndexedRun): Promise<OpenIndex> {
    const before = this.#open.get(run.id);
    const known = await before;
    if (known !== undefined && performance.now() < known.nextCheckAt && known.failure === null) {
      this.#touch(run.id);
      return known;
    }
    const summary = await this.#stores.for(run.folder).head(runFolder.summary(run.folder));
    const closedAs = summary?.version ?? null;
    if (known !== undefined && known.closedAs === closedAs) {
      known.nextCheckAt = performance.now() + leastGapMs;
      this.#touch(run.id);
      this.#refresh(known, run);
      return known;
    }
    // Whoever asked at the same time may have been quicker.
    const meanwhile = this.#open.get(run.id);
    if (meanwhile !== undefined && meanwhile !== before) return meanwhile;
    const opening = this.#openIndex(run, closedAs);
    this.#open.set(run.id, opening);
    opening.catch(() => this.#open.delete(run.id));
    if (known !== undefined) await this.#close(known);
    while (this.#open.size > mostOpen) await this.#drop(this.#open.keys().next().value ?? '');
    return opening;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of [...this.#open.keys()]) await this.#drop(id);
  }

  async #openIndex(run: IndexedRun, closedAs: string | null): Promise<OpenIndex> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const kept = closedAs === null ? null : join(this.#folder, nameOf(run, closedAs));
    const meta = kept === null ? null : await readMeta(kept);
    if (kept !== null && meta !== null) {
      await utimes(kept, new Date(), new Date());
      const opened = new OpenIndex(await RecordIndex.open(kept, run, meta), closedAs);
      opened.complete = true;
      opened.looked = true;
      return opened;
    }
    await this.#prune();
    const path = join(this.#folder, `${ownPrefix}${randomBytes(8).toString('hex')}`);
    await mkdir(path, { mode: 0o700 });
    const opened = new OpenIndex(await RecordIndex.open(path, run), closedAs);
    this.#refresh(opened, run);
    return opened;
  }

  #refresh(opened: OpenIndex, run: IndexedRun): void {
    if (opened.complete || performance.now() < opened.nextUpdateAt) return;
    opened.nextUpdateAt = Infinity;
    opened.failure = null;
    const began = performance.now();
    opened.updating = opened.index
      .update(this.#stores, opened.stop.signal)
      .then(async () => {
        opened.looked = true;
        if (opened.closedAs !== null) {
          opened.complete = true;
          await this.#keep(opened, run, opened.closedAs);
        }
      })
      .catch((error: unknown) => {
        opened.failure = error;
        if (!opened.stop.signal.aborted)
          this.#log.warn({ run: run.id, err: messageOf(error) }, 'cannot index a run');
      })
      .finally(() => {
        const now = performance.now();
        // What was read before a failure stays: the next update goes on there.
        const gap = opened.failure === null ? gapFactor * (now - began) : 0;
        opened.nextUpdateAt = now + Math.max(leastGapMs, gap);
      });
  }

  /** The files are open by now; their folder only gets the name under which the next process finds it. */
  async #keep({ index }: OpenIndex, run: IndexedRun, closedAs: string): Promise<void> {
    try {
      await writeFile(join(index.path, indexFiles.meta), JSON.stringify(index.meta));
      await rename(index.path, join(this.#folder, nameOf(run, closedAs)));
    } catch (error) {
      // The disk is full, or another process was quicker: this index serves as well, and goes with this process.
      this.#log.debug({ run: run.id, err: messageOf(error) }, 'index is not kept');
    }
  }

  #touch(id: string): void {
    const opened = this.#open.get(id);
    if (opened === undefined) return;
    this.#open.delete(id);
    this.#open.set(id, opened);
  }

  async #drop(id: string): Promise<void> {
    const opening = this.#open.get(id);
    this.#open.delete(id);
    const opened = await opening?.catch(() => undefined);
    if (opened !== undefined) await this.#close(opened);
  }

  async #close(opened: OpenIndex): Promise<void> {
    opened.stop.abort();
    await opened.updating;
    await opened.index[Symbol.asyncDispose]();
    // One that was kept has another name by now, and this finds nothing.
    if (basename(opened.index.path).startsWith(ownPrefix))
      await rm(opened.index.path, { recursive: true, force: true });
  }

  async #prune(): Promise<void> {
    const found = await Promise.all(
      (await readdir(this.#folder)).map(async (name) => {
        const path = join(this.#folder, name);
        const stats = await stat(path).catch(() => null);
        return { path, own: name.startsWith(ownPrefix), usedAt: stats?.mtimeMs ?? 0 };
      }),
    );
    const kept = found.filter(({ own }) => !own).sort((a, b) => b.usedAt - a.usedAt);
    const abandoned = found.filter(({ own, usedAt }) => own && Date.now() - usedAt > abandonedAfterMs);
    for (const { path } of [...kept.slice(mostKept), ...abandoned])
      await rm(path, { recursive: true, force: true });
  }
}

function nameOf({ folder }: IndexedRun, closedAs: string): string {
  return createHash('sha256').update(`${rowFormat}\n${folder}\n${closedAs}`).digest('hex').slice(0, 40);
}

async function readMeta(path: string): Promise<IndexMeta | null> {
  try {
    return JSON.parse(await readFile(join(path, indexFiles.meta), 'utf8'));
  } catch {
    return null;
  }
}
