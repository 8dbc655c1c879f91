/**
 * The URI of an image inside a tar shard: `tar+s3://bucket/shard.tar#name@offset+length`, and likewise `tar+file://`.
 * It holds where the bytes lie, so that whoever reads them asks for them alone; the name is for people.
 */
import { ImageError } from '../errors.ts';
import { shown } from '../store/shown-uri.ts';

export interface TarMember {
  /** `s3://…` or `file://…` */
  readonly shard: string;
  readonly name: string;
  /** Of its first byte in the shard; its header is the block before. */
  readonly offset: number;
  readonly length: number;
}

const scheme = 'tar+';

export function isMemberUri(uri: string): boolean {
  return /^tar\+(?:s3|file):/i.test(uri);
}

export function memberUri({ shard, name, offset, length }: TarMember): string {
  return `${scheme}${written(shard)}#${name}@${offset}+${length}`;
}

/** @throws ImageError `uri_refused` */
export function memberOf(uri: string): TarMember {
  const member = memberIn(uri);
  if (member === null)
    throw new ImageError('uri_refused', `${shown(uri)}: not tar+s3://bucket/shard.tar#name@offset+length`);
  return member;
}

/** Null where it is no such URI. */
export function memberIn(uri: string): TarMember | null {
  if (!isMemberUri(uri)) return null;
  const found = /^tar\+([^#]+)#(.*)@(\d{1,16})\+(\d{1,16})$/s.exec(uri);
  const [, shard = '', name = '', offset, length] = found ?? [];
  const member = { shard: read(shard), name, offset: Number(offset), length: Number(length) };
  return found === null || !Number.isSafeInteger(member.offset + member.length) ? null : member;
}

/** The key in an `s3://` URI stands as it is, so a `#` of its own is encoded here; `file://` URIs have none. */
function written(shard: string): string {
  return shard.startsWith('s3:') ? shard.replaceAll('%', '%25').replaceAll('#', '%23') : shard;
}

function read(shard: string): string {
  return /^s3:/i.test(shard) ? shard.replaceAll('%23', '#').replaceAll('%25', '%') : shard;
}
