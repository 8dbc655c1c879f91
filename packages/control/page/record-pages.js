/** The records of a filter, a page at a time; the latest pages stay in memory. */
import { get } from './api.js';

/** @typedef {import('../src/api-schema.ts').ImagesPage} ImagesPage */
/** @typedef {ImagesPage['images'][number]} FoundImage */
/** @typedef {Extract<NonNullable<FoundImage['record']>, { status: 'error' }>['error']} RecordError */

const pageSize = 100;
const mostKept = 30;

export class RecordPages {
  /** @type {Map<number, FoundImage[] | null>} null: asked for */
  #pages = new Map();
  total = 0;

  /**
   * @param {string} run
   * @param {URLSearchParams} filter
   * @param {AbortSignal} signal
   * @param {() => void} onChange called when more is there
   * @param {(error: unknown) => void} onError
   */
  constructor(run, filter, signal, onChange, onError) {
    this.run = run;
    this.filter = filter;
    this.signal = signal;
    this.onChange = onChange;
    this.onError = onError;
  }

  /** Asks how many there are, and for the first page. */
  async begin() {
    await this.#load(0);
  }

  /**
   * @param {number} place
   * @returns {FoundImage | undefined} undefined where it is on its way
   */
  at(place) {
    return this.#pages.get(Math.floor(place / pageSize))?.[place % pageSize];
  }

  /**
   * Asks for what is not there.
   * @param {number} from
   * @param {number} to
   */
  want(from, to) {
    for (let page = Math.floor(from / pageSize); page <= Math.floor(to / pageSize); page++) {
      if (this.#pages.has(page)) continue;
      this.#load(page).catch((error) => {
        this.#pages.delete(page);
        if (!this.signal.aborted) this.onError(error);
      });
    }
  }

  /** @param {number} page */
  async #load(page) {
    this.#pages.set(page, null);
    const query = new URLSearchParams(this.filter);
    query.set('offset', String(page * pageSize));
    query.set('limit', String(pageSize));
    /** @type {ImagesPage} */
    const { total, images } = await get(`/runs/${encodeURIComponent(this.run)}/images?${query}`, this.signal);
    this.#pages.set(page, images);
    this.total = total;
    for (const [oldest] of this.#pages) {
      if (this.#pages.size <= mostKept) break;
      if (oldest !== page) this.#pages.delete(oldest);
    }
    this.onChange();
  }
}
