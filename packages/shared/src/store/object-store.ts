/** The one interface over `file://`, `s3://` and (read only) `https://`. */
import type { BodyParts } from './body-parts.ts';

/** One listed object. */
export interface ObjectEntry {
  /** Absolute: `s3://bucket/key` (raw key), `file:///path` (percent-encoded), `https://…`. */
  readonly uri: string;
  /** ETag without quotes, or `size-mtimeNs` for files. */
  readonly version: string;
  readonly bytes: number;
}

export interface ObjectBody {
  readonly body: Uint8Array<ArrayBuffer>;
  /** Version of exactly these bytes, as in `ObjectEntry.version`; null where the store names none. */
  readonly version: string | null;
}

/** Bytes of an object. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

export interface ReadOptions {
  /**
   * Only these bytes, all of them: where the object ends before, `not_found`. The limit on bytes counts for them. Not over
   * `https://`.
   */
  readonly range?: ByteRange;
  /**
   * To be told of parts of the body before the whole is there; the time limit then is for each of them. A store that does
   * not know better gives the whole at the end, and its time limit is for that.
   */
  readonly parts?: BodyParts;
  /** Refuse larger objects (code `too_large`) without reading them whole. Default: no limit. */
  readonly maxBytes?: number;
  /** For the whole read, connect included; of `stream`, for each piece. Default: the store's. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Errors of every method: `ImageError` `not_found`, `forbidden`, `too_large`, `empty`-never, `uri_refused` for this
 * object alone; `OutageError` for everything around it (network, 5xx, throttling, credentials, disk full), not
 * `retryable` where someone has to change something first; of `list`, `folders`, `create`, `replace` and `remove`, also
 * `UsageError` for a place that cannot be used (`source_unreadable`, `output_unwritable`, `no_such_bucket`, `read_only`).
 * A call whose `signal` aborts throws the signal's reason. Stores do not retry; callers do.
 */
export interface ObjectStore {
  /**
   * Objects whose key starts with `prefix` (for files: every file below that folder, recursively), in the order of
   * their keys' UTF-8 bytes, starting behind the URI `after`.
   */
  list(prefix: string, options?: { after?: string; signal?: AbortSignal }): AsyncIterable<ObjectEntry>;
  /**
   * URIs, with their last slash, of the folders right below a folder, in the order of their names' UTF-8 bytes; none where
   * it is not there. A request for each thousand, however much lies in them.
   */
  folders(folder: string, options?: { signal?: AbortSignal }): Promise<string[]>;
  /** The whole object in memory. */
  read(uri: string, options?: ReadOptions): Promise<ObjectBody>;
  /** The object as it comes, for what may not fit into memory. */
  stream(uri: string, options?: ReadOptions): AsyncIterable<Uint8Array>;
  /** Size and version without the body; null where there is no such object. */
  head(uri: string, options?: { signal?: AbortSignal }): Promise<ObjectEntry | null>;
  /** Writes the object only if nothing is there; of any number of racers exactly one is told `created`. Durable on return. */
  create(uri: string, body: Uint8Array, options?: { signal?: AbortSignal }): Promise<'created' | 'exists'>;
  /** Overwrites whatever is there, atomically: a reader sees the old or the new bytes. Durable on return. */
  replace(uri: string, body: Uint8Array, options?: { signal?: AbortSignal }): Promise<void>;
  /** Removes the object; quiet if it is not there. */
  remove(uri: string, options?: { signal?: AbortSignal }): Promise<void>;
}
