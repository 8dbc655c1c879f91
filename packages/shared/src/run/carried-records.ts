/** The records that a run carries, read from the runs that hold them. */
import { codeOf, LabelmillError } from '../errors.ts';
import type { LabelRecord } from '../schema/record.ts';
import type { Run } from '../schema/run.ts';
import type { Stores } from '../store/stores.ts';
import { joinUri } from '../store/uri.ts';
import { type CarriedImage, readSteps } from './carried-file.ts';
import { decodePart } from './part.ts';
import { RecentChunks } from './recent-chunks.ts';
import { readIfThere, readListed, readRun } from './run-files.ts';
import { runFolder } from './run-folder.ts';

export interface CarriedRecord {
  readonly image: CarriedImage;
  /**
   * As the run that holds it wrote it, but for `index`: carried records follow those of the run's own parts, from the
   * number of its labelled images on, so that no two records of a run share an index.
   * Null where that run's folder does not hold it any more.
   */
  readonly record: LabelRecord | null;
}

/** The folder of a run that holds carried records of this one. @throws LabelmillError `broken_run` */
export function originFolder(run: Pick<Run, 'id' | 'against'>, folder: string, origin: string): string {
  const found = run.against?.folders[origin];
  if (found === undefined)
    throw new LabelmillError('broken_run', `${folder}run.json does not say where run ${origin} is`);
  if (!found.startsWith('../')) return found;
  const output = folder.replace(/[^/]+\/$/, '');
  return joinUri(output, found.slice('../'.length));
}

/**
 * Every carried image of a run with its record, in the order of the listing; nothing for a run that carries none.
 * Chains are resolved already: a carried image names the run that labelled it. Reads a step (at most 16,384 carried
 * images) and some parts into memory at a time.
 * @throws LabelmillError `broken_run` · `broken_manifest` · `broken_part`
 */
export async function* carriedRecords(stores: Stores, folder: string): AsyncGenerator<CarriedRecord> {
  for await (const records of carriedSteps(stores, folder)) yield* records;
}

/** The same, step by step (`carried-file.ts`), from one of them on. A step may carry nothing. */
export async function* carriedSteps(
  stores: Stores,
  folder: string,
  from = 0,
): AsyncGenerator<readonly CarriedRecord[]> {
  const store = stores.for(folder);
  const run = await readRun(store, folder);
  if (run.against === undefined) return;
  const images = (await readListed(store, folder))?.images ?? 0;
  const parts = new OriginParts(stores, run, folder);
  for await (const { state, carried } of readSteps(store, folder, from)) {
    const first = images + state.carried - carried.length;
    const records: CarriedRecord[] = [];
    for (const [place, image] of carried.entries()) {
      const record = await parts.record(image);
      records.push({ image, record: record === null ? null : { ...record, index: first + place } });
    }
    yield records;
  }
}

class OriginParts {
  readonly #stores: Stores;
  readonly #run: Run;
  readonly #folder: string;
  /** Null for a run whose folder is gone. */
  readonly #origins = new Map<string, { readonly folder: string; readonly run: Run } | null>();
  /** By URI. */
  readonly #parts = new RecentChunks<readonly LabelRecord[]>();

  constructor(stores: Stores, run: Run, folder: string) {
    this.#stores = stores;
    this.#run = run;
    this.#folder = folder;
  }

  async record({ run, index, uri }: CarriedImage): Promise<LabelRecord | null> {
    let origin = this.#origins.get(run);
    if (origin === undefined) {
      origin = await this.#origin(run);
      this.#origins.set(run, origin);
    }
    if (origin === null) return null;
    const { chunkSize } = origin.run;
    const seq = Math.floor(index / chunkSize);
    const part = await this.#part(runFolder.part(origin.folder, seq, origin.run));
    const record = part[index - seq * chunkSize];
    return record?.uri === uri && record.status === 'ok' ? record : null;
  }

  async #origin(run: string) {
    const folder = originFolder(this.#run, this.#folder, run);
    try {
      return { folder, run: await readRun(this.#stores.for(folder), folder) };
    } catch (error) {
      if (codeOf(error) === 'not_a_run') return null;
      throw error;
    }
  }

  #part(uri: string): Promise<readonly LabelRecord[]> {
    return this.#parts.get(uri, async () => {
      const body = await readIfThere(this.#stores.for(uri), uri);
      return body === null ? [] : decodePart(body, uri);
    });
  }
}
