/**
 * One header block of a tar archive: ustar, as POSIX has it ("pax Interchange Format" in
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html), and as GNU and older tars wrote it.
 */
export const blockBytes = 512;

export type TarType = 'file' | 'folder' | 'long_name' | 'pax' | 'pax_global' | 'other';

export interface TarHeader {
  readonly type: TarType;
  /** With ustar's prefix; cut where a longer one stands in an extension before it. */
  readonly name: string;
  /** Bytes of what follows, without its padding. */
  readonly size: number;
}

const types: Readonly<Record<string, TarType | undefined>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file', // contiguous, which means nothing today
  '5': 'folder',
  L: 'long_name',
  x: 'pax',
  g: 'pax_global',
};

/** @returns null where the block is no header: its checksum or its size is wrong */
export function parseTarHeader(block: Uint8Array): TarHeader | null {
  const view = Buffer.from(block.buffer, block.byteOffset, blockBytes);
  if (octal(view, 148, 8) !== checksum(view)) return null;
  const size = number(view, 124, 12);
  if (size === null) return null;
  const isUstar = view.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isUstar ? text(view, 345, 155) : '';
  const name = text(view, 0, 100);
  const type = types[String.fromCharCode(view[156] ?? 0)] ?? 'other';
  return { type, name: plainName(prefix === '' ? name : `${prefix}/${name}`), size };
}

/** `tar -C folder .` puts `./` before every name, which says nothing. */
export function plainName(name: string): string {
  return name.replace(/^(?:\.\/)+/, '');
}

/** Two of them end an archive. */
export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** What follows a header takes whole blocks. */
export function paddedSize(size: number): number {
  return Math.ceil(size / blockBytes) * blockBytes;
}

/** The sum of all bytes, with the checksum's own as spaces. */
function checksum(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < blockBytes; at++) if (at < 148 || at >= 156) sum += block[at] ?? 0;
  return sum;
}

/** Octal, or, with the highest bit set, binary as GNU writes sizes of 8 GiB and more. */
function number(block: Buffer, at: number, length: number): number | null {
  if (((block[at] ?? 0) & 0x80) === 0) return octal(block, at, length);
  const whole = block.subarray(at, at + length).reduce((sum, byte, place) => {
    return sum * 256 + (place === 0 ? byte & 0x7f : byte);
  }, 0);
  return Number.isSafeInteger(whole) ? whole : null;
}

/** Digits, maybe behind spaces, up to a space, a zero byte or the field's end. */
function octal(block: Buffer, at: number, length: number): number | null {
  const field = block.toString('latin1', at, at + length);
  const digits = /^ *([0-7]+)(?:[\0 ]|$)/.exec(field)?.[1];
  return digits === undefined ? null : Number.parseInt(digits, 8);
}

/** Up to the first zero byte. */
function text(block: Buffer, at: number, length: number): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}
