import { UsageError } from '@labelmill/shared/errors';
import type { SourceSpec } from '@labelmill/shared/schema/run';
import { shown } from '@labelmill/shared/store/shown-uri';
import { listedUri } from './listed-uri.ts';
import type { Cursor, Source, SourceImage } from './source.ts';

/**
 * URIs that a program hands in. To resume a run, the program hands in the same ones again; those that are already in
 * the manifest are passed over.
 */
export class StreamSource implements Source {
  readonly spec: SourceSpec;
  readonly skipped = 0;
  readonly #uris: AsyncIterable<string> | Iterable<string>;

  constructor(uris: AsyncIterable<string> | Iterable<string>, name = 'stream') {
    this.#uris = uris;
    this.spec = { kind: 'stream', uri: name, include: [], exclude: [] };
  }

  async *images(after: Cursor | null, signal: AbortSignal): AsyncGenerator<SourceImage> {
    let seen = 0;
    for await (const given of this.#uris) {
      signal.throwIfAborted();
      const uri = listedUri(given);
      seen++;
      if (after !== null && seen <= after.images) {
        if (seen === after.images && uri !== after.lastUri) {
          throw new UsageError(
            'source_changed',
            `URI ${seen} was ${shown(after.lastUri)} when this run began and is ${shown(uri)} now`,
          );
        }
        continue;
      }
      yield { uri };
    }
  }
}
