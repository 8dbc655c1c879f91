/** Which runs lie below the output folder. Only these are shown, whatever Redis or a request names. */
import { UsageError } from '@labelmill/shared/errors';
import { runIdSchema } from '@labelmill/shared/schema/chunk-job';
import type { ObjectStore } from '@labelmill/shared/store/object-store';
import { joinUri } from '@labelmill/shared/store/uri';
import { HttpProblem } from '../problem.ts';

/** Listing an output in S3 takes a request for each thousand runs. */
const rememberedMs = 3_000;
export interface KnownRun {
  readonly id: string;
  /** URI, ending in `/`. */
  readonly folder: string;
}

export class RunCatalogue {
  readonly #store: ObjectStore;
  readonly #out: string;
  #ids: readonly string[] = [];
  #listedAt = -Infinity;
  #listing: Promise<readonly string[]> | undefined;

  /** @param out URI of the folder that holds the runs' folders */
  constructor(store: ObjectStore, out: string) {
    this.#store = store;
    this.#out = joinUri(out, '');
  }

  /** Newest first. */
  async ids(): Promise<readonly string[]> {
    return performance.now() - this.#listedAt < rememberedMs ? this.#ids : this.#listedNow();
  }

  #listedNow(): Promise<readonly string[]> {
    this.#listing ??= this.#list().finally(() => {
      this.#listing = undefined;
    });
    return this.#listing;
  }

  run(id: string): KnownRun {
    return { id, folder: `${joinUri(this.#out, id)}/` };
  }

  /** @throws HttpProblem `unknown_run` */
  async require(id: string): Promise<KnownRun> {
    if (!this.#ids.includes(id) && !(await this.#listedNow()).includes(id)) {
      throw new HttpProblem(404, 'unknown_run', `no run ${id} lies in ${this.#out}`);
    }
    return this.run(id);
  }

  /** @throws HttpProblem `output_unreadable` */
  async #list(): Promise<readonly string[]> {
    const folders = await this.#store.folders(this.#out).catch((error: unknown) => {
      throw error instanceof UsageError ? new HttpProblem(502, 'output_unreadable', error.message) : error;
    });
    const names = folders.map((folder) => folder.slice(this.#out.length, -1));
    this.#ids = names.filter((name) => runIdSchema.safeParse(name).success).reverse();
    this.#listedAt = performance.now();
    return this.#ids;
  }
}
