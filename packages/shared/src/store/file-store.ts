/** `file://`: a folder as an object store. Relies on a local or network file system with hard links. */
import type { BigIntStats } from 'node:fs';
import { fstatSync } from 'node:fs';
import { type FileHandle, open, stat, unlink } from 'node:fs/promises';
import { codeOf, ImageError } from '../errors.ts';
import { type FileConfinement, readFlags } from './file-confinement.ts';
import { readError, writeError } from './file-errors.ts';
import { filePathOf, fileUriOf, folderOf } from './file-uri.ts';
import { foldersIn, walkFiles } from './file-walk.ts';
import type { ObjectBody, ObjectEntry, ObjectStore, ReadOptions } from './object-store.ts';
import { endsBefore } from './range.ts';
import { shown } from './shown-uri.ts';
import { createFile, replaceFile, syncFolder } from './temporary-file.ts';

const streamedAtOnce = 256 * 1024;
/** Times a file that is being written meanwhile is read before giving up. */
const readAttempts = 3;

/**
 * Reading (`read`, `stream`, `head`, links in `list`) is confined to the confinement's roots, where there is one.
 * Writing and listing take URIs that the operator chose. A read in the kernel cannot be cancelled: `timeoutMs`
 * is not kept here, and `signal` counts between calls.
 */
export class FileStore implements ObjectStore {
  readonly #confinement: FileConfinement | null;

  constructor(confinement: FileConfinement | null) {
    this.#confinement = confinement;
  }

  async *list(
    prefix: string,
    options: { after?: string; signal?: AbortSignal } = {},
  ): AsyncGenerator<ObjectEntry> {
    const confinement = this.#confinement;
    const files = walkFiles(withoutLastSlash(filePathOf(prefix)), {
      after: options.after === undefined ? undefined : filePathOf(options.after),
      followLink: async (path) => confinement === null || confinement.allows(path),
      signal: options.signal,
    });
    for await (const { path, stats } of files) yield entryOf(fileUriOf(path), stats);
  }

  async folders(folder: string): Promise<string[]> {
    const names = await foldersIn(withoutLastSlash(filePathOf(folder)));
    return names.map((path) => `${fileUriOf(path)}/`);
  }

  async read(uri: string, options: ReadOptions = {}): Promise<ObjectBody> {
    options.signal?.throwIfAborted();
    try {
      await using handle = await this.#open(uri);
      for (let attempt = 1; attempt <= readAttempts; attempt++) {
        const before = regularFile(handle, uri, options);
        const { offset, length } = options.range ?? { offset: 0, length: Number(before.size) };
        const body = await readPart(handle, offset, length);
        const version = versionOf(before);
        if (versionOf(fstatSync(handle.fd, { bigint: true })) === version) return { body, version };
      }
    } catch (error) {
      throw readError(error, uri);
    }
    throw new ImageError('fetch_timeout', `${shown(uri)}: it kept changing while it was read`, {
      retryable: true,
    });
  }

  async *stream(uri: string, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    try {
      await using handle = await this.#open(uri);
      regularFile(handle, uri, options);
      const { offset, length } = options.range ?? { offset: 0, length: Number.POSITIVE_INFINITY };
      for (let position = offset; position < offset + length; ) {
        options.signal?.throwIfAborted();
        const buffer = Buffer.allocUnsafeSlow(streamedAtOnce);
        const wanted = Math.min(streamedAtOnce, offset + length - position);
        const { bytesRead } = await handle.read(buffer, 0, wanted, position);
        if (bytesRead === 0) return;
        position += bytesRead;
        if (position - offset > (options.maxBytes ?? Infinity)) throw tooLarge(uri, options.maxBytes);
        yield buffer.subarray(0, bytesRead);
      }
    } catch (error) {
      if (options.signal?.aborted) throw error;
      throw readError(error, uri);
    }
  }

  async head(uri: string): Promise<ObjectEntry | null> {
    try {
      const path = filePathOf(uri);
      const stats = await stat(path, { bigint: true });
      if (!stats.isFile()) return null;
      if (this.#confinement && !(await this.#confinement.allows(path))) {
        throw new ImageError('uri_refused', `${shown(uri)}: outside the folders that may be read`);
      }
      return entryOf(uri, stats);
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null;
      throw readError(error, uri);
    }
  }

  async create(uri: string, body: Uint8Array): Promise<'created' | 'exists'> {
    return writing(uri, (path) => createFile(path, body));
  }

  async replace(uri: string, body: Uint8Array): Promise<void> {
    return writing(uri, (path) => replaceFile(path, body));
  }

  async remove(uri: string): Promise<void> {
    return writing(uri, async (path) => {
      try {
        await unlink(path);
      } catch (error) {
        if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return;
        throw error;
      }
      await syncFolder(folderOf(path));
    });
  }

  #open(uri: string): Promise<FileHandle> {
    const path = filePathOf(uri);
    return this.#confinement ? this.#confinement.open(path) : open(path, readFlags);
  }
}

async function writing<T>(uri: string, write: (path: Buffer) => Promise<T>): Promise<T> {
  try {
    return await write(filePathOf(uri));
  } catch (error) {
    throw writeError(error, uri);
  }
}

/** The size and time of an open file. Asked synchronously: the kernel has them at hand, a thread's round trip costs more. */
function regularFile(
  handle: FileHandle,
  uri: string,
  { maxBytes = Infinity, range }: ReadOptions,
): BigIntStats {
  const stats = fstatSync(handle.fd, { bigint: true });
  if (!stats.isFile()) throw new ImageError('uri_refused', `${shown(uri)}: not a regular file`);
  if ((range?.length ?? stats.size) > maxBytes) throw tooLarge(uri, maxBytes);
  if (range !== undefined && range.offset + range.length > stats.size) throw endsBefore(uri, range);
  return stats;
}

/** Its own memory, not Node's pool, so that it can be transferred to another thread. */
async function readPart(handle: FileHandle, offset: number, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const body = Buffer.allocUnsafeSlow(bytes);
  let filled = 0;
  while (filled < bytes) {
    const { bytesRead } = await handle.read(body, filled, bytes - filled, offset + filled);
    if (bytesRead === 0) break; // cut short meanwhile; the caller sees it by the version
    filled += bytesRead;
  }
  return body;
}

function tooLarge(uri: string, maxBytes = Infinity): ImageError {
  return new ImageError('too_large', `${shown(uri)}: more than ${maxBytes} bytes`);
}

function entryOf(uri: string, stats: BigIntStats): ObjectEntry {
  return { uri, version: versionOf(stats), bytes: Number(stats.size) };
}

function versionOf(stats: BigIntStats): string {
  return `${stats.size}-${stats.mtimeNs}`;
}

function withoutLastSlash(path: Buffer): Buffer {
  return path.length > 1 && path.at(-1) === 0x2f ? path.subarray(0, -1) : path;
}
