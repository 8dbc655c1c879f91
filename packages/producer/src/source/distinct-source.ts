import type { SourceSpec } from '@labelmill/shared/schema/run';
import type { Cursor, Source, SourceImage } from './source.ts';
import { sourceChanged } from './source-changed.ts';
import { UriSet } from './uri-set.ts';

/**
 * Each URI of another source once, where it first comes. It goes on behind a cursor by reading the source from its
 * beginning: what is distinct comes in the same order again.
 */
export class DistinctSource implements Source {
  readonly spec: SourceSpec;
  readonly #source: Source;
  readonly #limit: number;
  #duplicates = 0;

  /** @param limit the most images, duplicates not counted */
  constructor(source: Source, limit?: number) {
    this.#source = source;
    this.#limit = limit ?? Number.POSITIVE_INFINITY;
    this.spec = { ...source.spec, dedupe: true, ...(limit === undefined ? {} : { limit }) };
  }

  get skipped(): number {
    return this.#source.skipped;
  }

  get duplicates(): number {
    return this.#duplicates;
  }

  /** @throws UsageError `too_many_to_dedupe` · `source_changed`, and what the source throws */
  async *images(after: Cursor | null, signal: AbortSignal): AsyncGenerator<SourceImage> {
    const before = after?.images ?? 0;
    const known = new UriSet();
    this.#duplicates = 0;
    if (before >= this.#limit) return;
    for await (const image of this.#source.images(null, signal)) {
      if (!known.add(image.uri)) {
        this.#duplicates++;
        continue;
      }
      if (known.size === before && image.uri !== after?.lastUri) {
        throw sourceChanged(this.spec.uri, before, { before: after?.lastUri ?? '', now: image.uri });
      }
      if (known.size > before) yield image;
      if (known.size >= this.#limit) return;
    }
  }
}
