/** Which runs lie below the output folder. Only these are shown, whatever Redis or a request names. */
import { codeOf } from '@labelmill/shared/errors';
import { runIdSchema } from '@labelmill/shared/schema/chunk-job';
import type { ObjectStore } from '@labelmill/shared/store/object-store';
import { joinUri } from '@labelmill/shared/store/uri';
import { HttpProblem } from '../problem.ts';

/** Listing an output in S3 takes a request for each run. */
const rememberedMs = 3_000;
/** Behind every key of a run's folder: no character of those has more. */
const behindAll = '\u{10ffff}';

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

  async #list(): Promise<readonly string[]> {
    const ids: string[] = [];
    for (let after: string | undefined; ; ) {
      const name = await this.#firstBehind(after);
      if (name === null) break;
      if (runIdSchema.safeParse(name).success) ids.push(name);
      after = `${this.#out}${name}/${this.#out.startsWith('file:') ? encodeURIComponent(behindAll) : behindAll}`;
    }
    this.#ids = ids.reverse();
    this.#listedAt = performance.now();
    return this.#ids;
  }

  /** The first folder in the output with a file behind this URI. */
  async #firstBehind(after: string | undefined): Promise<string | null> {
    try {
      for await (const { uri } of this.#store.list(this.#out, after === undefined ? {} : { after })) {
        return uri.slice(this.#out.length).split('/')[0] ?? '';
      }
    } catch (error) {
      // No run yet.
      if (codeOf(error) !== 'source_unreadable') throw error;
    }
    return null;
  }
}
