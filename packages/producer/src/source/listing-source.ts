import { UsageError } from '@labelmill/shared/errors';
import type { SourceSpec } from '@labelmill/shared/schema/run';
import type { Stores } from '@labelmill/shared/store/stores';
import { patternFilter } from './patterns.ts';
import type { Cursor, Source, SourceImage } from './source.ts';

/** All objects below a folder or an S3 prefix, in the order of their keys' UTF-8 bytes. */
export class ListingSource implements Source {
  readonly spec: SourceSpec;
  readonly #stores: Stores;
  skipped = 0;

  constructor(spec: SourceSpec, stores: Stores) {
    this.spec = spec;
    this.#stores = stores;
  }

  async *images(after: Cursor | null, signal: AbortSignal): AsyncGenerator<SourceImage> {
    const { uri, include, exclude, limit = Number.POSITIVE_INFINITY } = this.spec;
    const belongs = patternFilter(include, exclude);
    if (after === null) this.skipped = 0;
    let left = limit - (after?.images ?? 0);
    if (left <= 0) return;
    const from = after === null ? { signal } : { after: after.lastUri, signal };
    for await (const object of this.#stores.for(uri).list(uri, from)) {
      if (!belongs(pathBelow(uri, object.uri))) {
        this.skipped++;
        continue;
      }
      yield object;
      if (--left === 0) return;
    }
  }
}

/** The path of an object below the source's root; of a prefix that ends inside a name (`s3://b/2024-`), what follows its last `/`. */
function pathBelow(root: string, uri: string): string {
  const folder = root.slice(0, root.lastIndexOf('/') + 1);
  if (!uri.startsWith(folder)) throw new UsageError('source_changed', `${uri} is not below ${folder}`);
  const path = uri.slice(folder.length);
  return uri.startsWith('file:') ? decodeURIComponent(path) : path;
}
