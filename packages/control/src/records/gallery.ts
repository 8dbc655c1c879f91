/** The records of runs as a gallery asks for them: what there is, a page of them, one of them. */
import { messageOf } from '@labelmill/shared/errors';
import type { Logger } from '@labelmill/shared/logging';
import type { LabelRecord } from '@labelmill/shared/schema/record';
import type { Stores } from '@labelmill/shared/store/stores';
import { HttpProblem } from '../problem.ts';
import { Comparisons } from './comparisons.ts';
import { countFacets, type Facets } from './facets.ts';
import type { Filter } from './filter.ts';
import { FilteredView, type FoundRow } from './filtered-view.ts';
import { IndexShelf, type OpenIndex } from './index-shelf.ts';
import type { IndexedRun } from './record-index.ts';
import { RecordReader } from './record-reader.ts';
import { statusOf } from './row-file.ts';

/** Filters whose counts are remembered; one takes 8 bytes for every 8,192 images. */
const mostViews = 64;

export interface FoundImage {
  /** Null where its part was replaced a moment ago, or the run that it is carried from is gone. */
  readonly record: LabelRecord | null;
  readonly index: number;
  /** The run that labelled it, where that is another. */
  readonly carriedFrom: string | null;
  readonly changed: boolean;
  /** The same image's record in the other run. */
  readonly other: LabelRecord | null;
}

export class Gallery implements AsyncDisposable {
  readonly #shelf: IndexShelf;
  readonly #reader: RecordReader;
  readonly #comparisons: Comparisons;
  readonly #views = new Map<string, Promise<FilteredView>>();
  readonly #facets = new Map<string, Promise<Facets>>();

  /**
   * @param folder for indexes, a folder of this user's cache
   * @param stores for the runs' folders, and for those of runs that hold what they carry
   */
  constructor(folder: string, stores: Stores, log: Logger) {
    this.#shelf = new IndexShelf(folder, stores, log);
    this.#reader = new RecordReader(stores);
    this.#comparisons = new Comparisons(folder);
  }

  /** What there is to filter by, of the records that are indexed so far; how far that is, while it goes on. */
  async facets(
    run: IndexedRun,
  ): Promise<{ facets: Facets; indexing: OpenIndex['index']['progress'] | null; complete: boolean }> {
    const opened = await this.#opened(run);
    const key = `${run.id} ${opened.index.version} ${opened.closedAs}`;
    const facets = await remembered(this.#facets, key, () => countFacets(opened.index));
    const { progress } = opened.index;
    const isDone = opened.complete || (opened.looked && progress.read === progress.found);
    return { facets, indexing: isDone ? null : progress, complete: opened.complete };
  }

  /** @param against another run to compare with */
  async page(
    run: IndexedRun,
    filter: Filter,
    offset: number,
    limit: number,
    against: IndexedRun | null,
  ): Promise<{ total: number; images: FoundImage[] }> {
    const { index, closedAs } = await this.#opened(run);
    const other = against === null ? null : await this.#opened(against);
    const comparison = other === null ? null : await this.#comparisons.of(index, other.index);
    const key = JSON.stringify([run.id, index.version, closedAs, against?.id, other?.index.version, filter]);
    const view = await remembered(this.#views, key, () => FilteredView.count(index, filter, comparison));
    const rows = await view.page(offset, limit);
    const records = await this.#reader.read(
      index.version,
      rows.map(({ place }) => place),
    );
    const others = other === null ? [] : await this.#partners(other, rows);
    const images = rows.map(({ index: at, carriedFrom, changed }, place) => {
      const record = numbered(records[place], at);
      const partner = others[place] ?? null;
      // Two URIs may share a hash.
      return {
        index: at,
        record,
        carriedFrom,
        changed,
        other: partner?.uri === record?.uri ? partner : null,
      };
    });
    return { total: view.total, images };
  }

  /** @throws HttpProblem `unknown_image` */
  async record(run: IndexedRun, at: number): Promise<LabelRecord> {
    const { index } = await this.#opened(run);
    const block = await index.rows(at, 1);
    if (block.rows === 1 && statusOf(block, 0) !== 0) {
      const [found] = await this.#reader.read(index.version, [index.place(at, block, 0)]);
      const record = numbered(found, at);
      if (record !== null) return record;
    }
    throw new HttpProblem(404, 'unknown_image', `run ${run.id} has no record ${at}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#comparisons[Symbol.asyncDispose]();
    await this.#shelf[Symbol.asyncDispose]();
  }

  async #opened(run: IndexedRun): Promise<OpenIndex> {
    const opened = await this.#shelf.of(run);
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

  async #partners({ index }: OpenIndex, rows: readonly FoundRow[]) {
    const places = await Promise.all(
      rows.map(async ({ partner }) =>
        partner === null ? null : index.place(partner, await index.rows(partner, 1), 0),
      ),
    );
    const records = await this.#reader.read(index.version, places);
    return rows.map(({ partner }, place) => (partner === null ? null : numbered(records[place], partner)));
  }
}

/** A carried record has another index in the run that labelled it. */
function numbered(record: LabelRecord | null | undefined, index: number): LabelRecord | null {
  return record ? { ...record, index } : null;
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
