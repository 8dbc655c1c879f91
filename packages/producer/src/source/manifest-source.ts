import type { SourceSpec } from '@labelmill/shared/schema/run';
import type { Stores } from '@labelmill/shared/store/stores';
import { absoluteUri } from './absolute-uri.ts';
import { listedUri } from './listed-uri.ts';
import { manifestLines } from './manifest-lines.ts';
import { patternFilter } from './patterns.ts';
import type { Cursor, Source, SourceImage } from './source.ts';
import { sourceChanged } from './source-changed.ts';

/** A file of URIs or paths, in its own order; an image listed twice is labelled twice. */
export class ManifestSource implements Source {
  readonly spec: SourceSpec;
  readonly #stores: Stores;
  skipped = 0;

  constructor(spec: SourceSpec, stores: Stores) {
    this.spec = spec;
    this.#stores = stores;
  }

  async *images(after: Cursor | null, signal: AbortSignal): AsyncGenerator<SourceImage> {
    const { uri, format = 'txt', base = uri, include, exclude, limit = Number.POSITIVE_INFINITY } = this.spec;
    const bytes = this.#stores.for(uri).stream(uri, { signal });
    // In a manifest every line is meant, so without patterns everything belongs.
    const belongs =
      include.length + exclude.length === 0
        ? () => true
        : patternFilter(include.length > 0 ? include : ['**'], exclude);
    let seen = 0;
    this.skipped = 0;
    for await (const line of manifestLines(bytes, format, uri)) {
      if (seen >= limit) return;
      if (!belongs(line)) {
        this.skipped++;
        continue;
      }
      const image = listedUri(absoluteUri(line, base));
      seen++;
      if (after !== null && seen <= after.images) {
        if (seen === after.images && image !== after.lastUri) {
          throw sourceChanged(uri, seen, { before: after.lastUri, now: image });
        }
        continue;
      }
      yield { uri: image };
    }
  }
}
