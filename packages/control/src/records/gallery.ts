/** The records of runs as a gallery asks for them: what there is, a page of them, one of them. */
import { messageOf } from '@labelmill/shared/errors';
import type { Logger } from '@labelmill/shared/logging';
import type { LabelRecord } from '@labelmill/shared/schema/record';
import type { ObjectStore } from '@labelmill/shared/store/object-store';
import { HttpProblem } from '../problem.ts';
import type { KnownRun } from '../runs/run-catalogue.ts';
import { Comparisons } from './comparisons.ts';
import { countFacets, type Facets } from './facets.ts';
import type { Filter } from './filter.ts';
import { FilteredView, type FoundRow } from './filtered-view.ts';
import { IndexShelf, type OpenIndex } from './index-shelf.ts';
import { RecordReader } from './record-reader.ts';
import { lengthOf, startOf, statusOf } from './row-file.ts';

/** Filters whose counts are remembered; one takes 8 bytes for every 8,192 images. */
const mostViews = 64;

export interface FoundImage {
  readonly record: LabelRecord | null;
  readonly index: number;
  readonly changed: boolean;
  /** The same image's record in the other run. */
  readonly other: LabelRecord | null;
}

/** A run, and what its index needs to know of it. */
export type GalleryRun = KnownRun & { readonly chunkSize: number };

export class Gallery implements AsyncDisposable {
  readonly #shelf: IndexShelf;
  readonly #reader: RecordReader;
  readonly #comparisons: Comparisons;
  readonly #views = new Map<string, Promise<FilteredView>>();
  readonly #facets = new Map<string, Promise<Facets>>();

  /** @param folder for indexes, a folder of this user's cache */
  constructor(folder: string, store: ObjectStore, log: Logger) {
    this.#shelf = new IndexShelf(folder, store, log);
    this.#reader = new RecordReader(store);
    this.#comparisons = new Comparisons(folder);
  }

  /** What there is to filter by, of the records that are indexed so far. */
  async facets(
    run: GalleryRun,
  ): Promise<{ facets: Facets; progress: OpenIndex['index']['progress']; complete: boolean }> {
    const opened = await this.#opened(run);
    const key = `${run.id} ${opened.index.version} ${opened.closedAs}`;
    const facets = await remembered(this.#facets, key, () => countFacets(opened.index));
    return { facets, progress: opened.index.progress, complete: opened.complete };
  }

  /** @param against another run to compare with */
  async page(
    run: GalleryRun,
    filter: Filter,
    offset: number,
    limit: number,
    against: GalleryRun | null,
  ): Promise<{ total: number; images: FoundImage[] }> {
    const { index, closedAs } = await this.#opened(run);
    const other = against === null ? null : await this.#opened(against);
    const comparison = other === null ? null : await this.#comparisons.of(index, other.index);
    const key = JSON.stringify([run.id, index.version, closedAs, against?.id, other?.index.version, filter]);
    const view = await remembered(this.#views, key, () => FilteredView.count(index, filter, comparison));
    const rows = await view.page(offset, limit);
    const records = await this.#reader.read(run.folder, run.chunkSize, index.version, rows);
    const others = against === null || other === null ? [] : await this.#partners(against, other, rows);
    const images = rows.map(({ index: at, changed }, place) => {
      const record = records[place] ?? null;
      const partner = others[place] ?? null;
      // Two URIs may share a hash.
      return { index: at, record, changed, other: partner?.uri === record?.uri ? partner : null };
    });
    return { total: view.total, images };
  }

  /** @throws HttpProblem `unknown_image` */
  async record(run: GalleryRun, at: number): Promise<LabelRecord> {
    const { index } = await this.#opened(run);
    const block = await index.rows(at, 1);
    if (block.rows === 1 && statusOf(block, 0) !== 0) {
      const place = { index: at, start: startOf(block, 0), length: lengthOf(block, 0) };
      const [record] = await this.#reader.read(run.folder, run.chunkSize, index.version, [place]);
      if (record) return record;
    }
    throw new HttpProblem(404, 'unknown_image', `run ${run.id} has no record ${at}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#comparisons[Symbol.asyncDispose]();
    await this.#shelf[Symbol.asyncDispose]();
  }

  async #opened(run: GalleryRun): Promise<OpenIndex> {
    const opened = await this.#shelf.of(run, run.chunkSize);
    // A small run is there at once; of a large one the first parts are.
    await Promise.race([opened.updating, new Promise((resolve) => setTimeout(resolve, firstWaitMs).unref())]);
    if (opened.failure !== null) {
      throw new HttpProblem(
        502,
        'cannot_index',
        `the run's parts cannot be read: ${messageOf(opened.failure)}`,
      );
    }
    return opened;
  }

  async #partners(against: GalleryRun, { index }: OpenIndex, rows: readonly FoundRow[]) {
    return Promise.all(
      rows.map(async ({ partner }) => {
        if (partner === null) return null;
        const block = await index.rows(partner, 1);
        const place = { index: partner, start: startOf(block, 0), length: lengthOf(block, 0) };
        const [record] = await this.#reader.read(against.folder, against.chunkSize, index.version, [place]);
        return record ?? null;
      }),
    );
  }
}

/** Long enough for some thousand images. */
const firstWaitMs = 800;

async function remembered<T>(
  known: Map<string, Promise<T>>,
  key: string,
  make: () => Promise<T>,
): Promise<T> {
  const made = known.get(key) ?? make();
  known.delete(key);
  known.set(key, made);
  made.catch(() => known.delete(key));
  if (known.size > mostViews) known.delete(known.keys().next().value ?? '');
  return made;
}
