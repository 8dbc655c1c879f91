import { ImageError, UsageError } from '@labelmill/shared/errors';
import type { SourceSpec } from '@labelmill/shared/schema/run';
import type { ObjectEntry } from '@labelmill/shared/store/object-store';
import { shown } from '@labelmill/shared/store/shown-uri';
import type { Stores } from '@labelmill/shared/store/stores';
import { compareKeys } from '@labelmill/shared/store/uri';
import { memberOf, memberUri, type TarMember } from '@labelmill/shared/tar/member-uri';
import { paddedSize } from '@labelmill/shared/tar/tar-header';
import { tarMembers } from '@labelmill/shared/tar/tar-members';
import { listedUri } from './listed-uri.ts';
import { patternFilter } from './patterns.ts';
import type { Cursor, Source, SourceImage } from './source.ts';

/**
 * The images inside tar shards (WebDataset): one shard, or all that lie below a folder or prefix in the order of their
 * keys; each is read once, from its start to its end.
 */
export class ShardsSource implements Source {
  readonly spec: SourceSpec;
  readonly #stores: Stores;
  skipped = 0;

  constructor(spec: SourceSpec, stores: Stores) {
    this.spec = spec;
    this.#stores = stores;
  }

  async *images(after: Cursor | null, signal: AbortSignal): AsyncGenerator<SourceImage> {
    const { include, exclude, limit = Number.POSITIVE_INFINITY } = this.spec;
    const belongs = patternFilter(include, exclude);
    if (after === null) this.skipped = 0;
    const last = after === null ? null : memberOf(after.lastUri);
    let left = limit - (after?.images ?? 0);
    if (left <= 0) return;
    for await (const shard of this.#shards(last, signal)) {
      for await (const member of this.#members(shard, last, signal)) {
        if (!belongs(member.name)) {
          this.skipped++;
          continue;
        }
        yield { uri: listedUri(memberUri(member)), version: shard.version, bytes: member.length };
        if (--left === 0) return;
      }
    }
  }

  /** From the one that holds `last` on. */
  async *#shards(last: TarMember | null, signal: AbortSignal): AsyncGenerator<ObjectEntry> {
    const { uri } = this.spec;
    const store = this.#stores.for(uri);
    if (isShard(uri)) {
      const shard = await store.head(uri, { signal });
      if (shard === null) throw new UsageError('source_unreadable', `there is no shard ${shown(uri)}`);
      yield shard;
      return;
    }
    for await (const object of store.list(uri, { signal })) {
      if (isShard(object.uri) && (last === null || compareKeys(object.uri, last.shard) >= 0)) yield object;
    }
  }

  async *#members(
    shard: ObjectEntry,
    last: TarMember | null,
    signal: AbortSignal,
  ): AsyncGenerator<TarMember> {
    const from = last?.shard === shard.uri ? last.offset + paddedSize(last.length) : 0;
    if (from >= shard.bytes) return;
    const range = { offset: from, length: shard.bytes - from };
    const bytes = this.#stores.for(shard.uri).stream(shard.uri, { signal, range });
    try {
      yield* tarMembers(shard.uri, bytes, from, shard.bytes);
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      throw new UsageError('source_unreadable', error.message, { cause: error });
    }
  }
}

export function isShard(uri: string): boolean {
  return /\.tar$/i.test(uri);
}
