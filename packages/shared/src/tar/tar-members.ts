/**
 * The files in a tar archive, in its order, from one pass over its bytes. Nothing is unpacked and nothing is written: a
 * member is a name and a place. Links, devices and sparse files are no members.
 */
import { UsageError } from '../errors.ts';
import { longestUri } from '../schema/chunk-job.ts';
import { shown } from '../store/shown-uri.ts';
import type { TarMember } from './member-uri.ts';
import {
  blockBytes,
  isZeroBlock,
  paddedSize,
  parseTarHeader,
  plainName,
  type TarHeader,
} from './tar-header.ts';

/** Far more than a name needs; GNU and pax put it there. */
const mostExtensionBytes = 2 ** 20;
/** A name, a link's name and a few records: no tar writes more before one member. */
const mostExtensions = 8;

/** What extensions say of the member that follows. */
interface Extension {
  readonly name?: string;
  readonly size?: number;
  readonly sparse?: boolean;
}

/**
 * @param shard its URI
 * @param bytes the shard from `from` on
 * @param from where a header begins
 * @param total bytes of the whole shard: no member may reach beyond
 * @throws UsageError `bad_shard` with the place where it is no tar archive; what `bytes` throws
 */
export async function* tarMembers(
  shard: string,
  bytes: AsyncIterable<Uint8Array>,
  from: number,
  total: number,
): AsyncGenerator<TarMember> {
  await using reader = new BlockReader(bytes);
  let at = from;
  let extension: Extension = {};
  let extensions = 0;
  for (;;) {
    const block = await reader.take(blockBytes);
    if (block.length === 0 && extensions === 0) return; // some writers leave the zero blocks out
    if (block.length < blockBytes) throw bad(shard, at, 'it ends inside a header');
    if (isZeroBlock(block)) return;
    const header = parseTarHeader(block);
    if (header === null) throw bad(shard, at, 'that is no tar header');
    const offset = at + blockBytes;
    const length = header.type === 'file' ? (extension.size ?? header.size) : header.size;
    if (offset + length > total) throw bad(shard, at, `a member of ${length} bytes reaches beyond the end`);
    if (header.type === 'long_name' || header.type === 'pax' || header.type === 'pax_global') {
      if (length > mostExtensionBytes || ++extensions > mostExtensions)
        throw bad(shard, at, 'too much stands before a member');
      const content = await reader.take(length);
      if (header.type !== 'pax_global') extension = { ...extension, ...extensionOf(header, content) };
      await reader.skip(paddedSize(length) - length);
    } else {
      const name = extension.name === undefined ? header.name : plainName(extension.name);
      if (header.type === 'file' && extension.sparse !== true && !name.endsWith('/'))
        yield { shard, name: cut(name), offset, length };
      await reader.skip(paddedSize(length));
      extension = {};
      extensions = 0;
    }
    at = offset + paddedSize(length);
  }
}

function extensionOf({ type }: TarHeader, content: Buffer): Extension {
  if (type === 'long_name') return { name: content.toString('utf8').replace(/\0.*$/s, '') };
  const records = paxRecords(content);
  const path = records.get('path');
  const size = Number(records.get('size') ?? Number.NaN);
  return {
    ...(path === undefined ? {} : { name: path }),
    ...(Number.isSafeInteger(size) && size >= 0 ? { size } : {}),
    ...([...records.keys()].some((key) => key.startsWith('GNU.sparse.')) ? { sparse: true } : {}),
  };
}

/** `<length> <key>=<value>\n`, where the length counts all of the record; what is not of that form ends them. */
function paxRecords(content: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < content.length; ) {
    const digits = /^(\d{1,7}) /.exec(content.toString('latin1', at, at + 8))?.[1];
    const end = at + Number(digits ?? 0);
    if (digits === undefined || end > content.length || end <= at + digits.length + 1) break;
    const record = content.toString('utf8', at + digits.length + 1, end - 1);
    const equals = record.indexOf('=');
    if (equals > 0) records.set(record.slice(0, equals), record.slice(equals + 1));
    at = end;
  }
  return records;
}

/** Still a name that no URI may have, and ends as one record. */
function cut(name: string): string {
  return name.length <= longestUri ? name : name.slice(0, longestUri).toWellFormed();
}

function bad(shard: string, at: number, why: string): UsageError {
  return new UsageError(
    'bad_shard',
    `${shown(shard)} is no tar archive that can be read: at byte ${at}, ${why}`,
  );
}

/** Takes bytes off a stream, however it is cut into pieces. */
class BlockReader implements AsyncDisposable {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#pieces = bytes[Symbol.asyncIterator]();
  }

  /** Fewer where the stream ends. */
  async take(length: number): Promise<Buffer> {
    const taken = Buffer.alloc(length);
    let filled = 0;
    while (filled < length && (await this.#more())) {
      const part = this.#piece.subarray(0, length - filled);
      taken.set(part, filled);
      filled += part.length;
      this.#piece = this.#piece.subarray(part.length);
    }
    return taken.subarray(0, filled);
  }

  async skip(length: number): Promise<void> {
    for (let left = length; left > 0 && (await this.#more()); ) {
      const part = Math.min(left, this.#piece.length);
      this.#piece = this.#piece.subarray(part);
      left -= part;
    }
  }

  /** Closes the stream. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pieces.return?.();
  }

  async #more(): Promise<boolean> {
    while (this.#piece.length === 0) {
      const { done, value } = await this.#pieces.next();
      if (done) return false;
      this.#piece = value;
    }
    return true;
  }
}
