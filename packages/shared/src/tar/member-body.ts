/** A member's bytes out of the shard's, held against the header before them. */
import { ImageError } from '../errors.ts';
import type { ObjectBody } from '../store/object-store.ts';
import { shown } from '../store/shown-uri.ts';
import { memberUri, type TarMember } from './member-uri.ts';
import { blockBytes, parseTarHeader } from './tar-header.ts';

/** Longer names and those outside ASCII stand in an extension; what the header then holds, every tar decides for itself. */
const headerName = /^[ -~]{1,99}$/;

/**
 * The member as a view of `read`: a shard that was written again since it was listed gives no image under another one's
 * name. The version is the shard's.
 * @param read bytes of the shard, of one version of it
 * @param header where the member's header begins in them
 * @throws ImageError `not_found` where the header does not announce the member
 */
export function memberBody(member: TarMember, read: ObjectBody, header: number): ObjectBody {
  const begin = header + blockBytes;
  if (!announces(read.body.subarray(header, begin), member)) throw noSuchMember(memberUri(member));
  return { body: read.body.subarray(begin, begin + member.length), version: read.version };
}

export function noSuchMember(uri: string): ImageError {
  return new ImageError('not_found', `${shown(uri)}: the shard has no such member there (any more)`);
}

/** Is this the header of that member? Its size may stand in an extension where it is larger than any image. */
function announces(block: Uint8Array, { name, length }: TarMember): boolean {
  const header = parseTarHeader(block);
  if (header?.type !== 'file' || header.size !== length) return false;
  return !headerName.test(name) || header.name === name;
}
