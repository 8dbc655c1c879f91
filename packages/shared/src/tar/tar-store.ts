/** `tar+s3://` and `tar+file://`: an image inside a shard, by a ranged read of the store that holds the shard. Read only. */
import { ImageError, UsageError } from '../errors.ts';
import type { ObjectBody, ObjectEntry, ObjectStore, ReadOptions } from '../store/object-store.ts';
import { shown } from '../store/shown-uri.ts';
import { memberBody, noSuchMember } from './member-body.ts';
import { memberOf } from './member-uri.ts';
import { blockBytes } from './tar-header.ts';

export class TarStore implements ObjectStore {
  readonly #storeOf: (uri: string) => ObjectStore;

  constructor(storeOf: (uri: string) => ObjectStore) {
    this.#storeOf = storeOf;
  }

  /**
   * The header is read with the member and must still announce it: a shard that was written again since it was listed
   * gives no image under another one's name. The version is the shard's.
   * @throws ImageError `not_found` where it does not
   */
  async read(uri: string, options: ReadOptions = {}): Promise<ObjectBody> {
    const member = memberOf(uri);
    const { shard, offset, length } = member;
    const { maxBytes = Number.POSITIVE_INFINITY, parts: _, ...others } = options;
    if (length > maxBytes) throw new ImageError('too_large', `${shown(uri)}: more than ${maxBytes} bytes`);
    if (offset < blockBytes) throw noSuchMember(uri);
    const range = { offset: offset - blockBytes, length: blockBytes + length };
    const read = await this.#storeOf(shard).read(shard, { ...others, maxBytes: range.length, range });
    return memberBody(member, read, 0);
  }

  async *stream(uri: string, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    yield (await this.read(uri, options)).body;
  }

  async head(uri: string, options: { signal?: AbortSignal } = {}): Promise<ObjectEntry | null> {
    const { shard, length } = memberOf(uri);
    const found = await this.#storeOf(shard).head(shard, options);
    return found === null ? null : { uri, version: found.version, bytes: length };
  }

  list(prefix: string): AsyncIterable<ObjectEntry> {
    throw readOnly(prefix);
  }

  async folders(folder: string): Promise<string[]> {
    throw readOnly(folder);
  }

  async create(uri: string): Promise<'created' | 'exists'> {
    throw readOnly(uri);
  }

  async replace(uri: string): Promise<void> {
    throw readOnly(uri);
  }

  async remove(uri: string): Promise<void> {
    throw readOnly(uri);
  }
}

function readOnly(uri: string): UsageError {
  return new UsageError('read_only', `${shown(uri)}: inside a shard nothing can be listed or written`);
}
