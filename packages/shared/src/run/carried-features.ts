/** The features of carried images, looked up in the runs that hold their records. */
import { codeOf } from '../errors.ts';
import type { Stores } from '../store/stores.ts';
import type { CarriedImage } from './carried-file.ts';
import { decodeFeatureRows } from './features-file.ts';
import { listFeaturesFiles } from './features-files.ts';
import { RecentChunks } from './recent-chunks.ts';
import { readIfThere, readRun } from './run-files.ts';

interface Origin {
  readonly chunkSize: number;
  readonly files: ReadonlyMap<number, readonly string[]>;
}

export class CarriedFeatures {
  readonly #stores: Stores;
  /** By folder. */
  readonly #origins = new Map<string, Origin>();
  /** URIs by index, by folder and chunk. */
  readonly #rows = new RecentChunks<ReadonlyMap<number, string>>();

  constructor(stores: Stores) {
    this.#stores = stores;
  }

  /**
   * @param folder of the run that holds the image's record
   * @returns do that run's features files have a row for it? A file that cannot be read has none.
   */
  async have({ index, uri }: CarriedImage, folder: string): Promise<boolean> {
    const origin = this.#origins.get(folder) ?? (await this.#origin(folder));
    this.#origins.set(folder, origin);
    const seq = Math.floor(index / origin.chunkSize);
    const rows = await this.#rows.get(`${folder} ${seq}`, () => this.#read(origin.files.get(seq) ?? []));
    return rows.get(index) === uri;
  }

  async #origin(folder: string): Promise<Origin> {
    const store = this.#stores.for(folder);
    const { chunkSize } = await readRun(store, folder);
    return { chunkSize, files: await listFeaturesFiles(store, folder) };
  }

  async #read(files: readonly string[]): Promise<ReadonlyMap<number, string>> {
    const rows = new Map<number, string>();
    for (const file of files) {
      const body = await readIfThere(this.#stores.for(file), file);
      if (body === null) continue;
      try {
        for (const { index, uri } of await decodeFeatureRows(body, file)) rows.set(index, uri);
      } catch (error) {
        // What is wrong with it is for the verification of that run to say.
        if (codeOf(error) !== 'broken_features') throw error;
      }
    }
    return rows;
  }
}
