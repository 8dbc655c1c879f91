/** Between `file://` URIs and paths. Paths are bytes here: Linux names need not be UTF-8, and keys sort by their bytes. */
import { fileURLToPathBuffer } from 'node:url';
import { ImageError } from '../errors.ts';
import { shown } from './shown-uri.ts';

export const slash = 0x2f;

/** The absolute path a URI names, `.` and `..` resolved. Throws `ImageError` `uri_refused`. */
export function filePathOf(uri: string): Buffer {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url?.protocol !== 'file:') throw refused(uri, 'not a file:// URI');
  if (url.host !== '') throw refused(uri, 'it names another host');
  if (url.search || url.hash) throw refused(uri, "'?' and '#' of a name are written %3F and %23");
  if (/%(2f|00)/i.test(url.pathname)) throw refused(uri, 'an encoded slash or zero byte');
  return fileURLToPathBuffer(url);
}

/** What Node's `pathToFileURL` leaves as it is. It is not used itself: it needs UTF-8 and drops a control character at the end. */
const plain = new Set(
  Buffer.from("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-._!$&'()*+,:;=@"),
);

/** The one URI of an absolute path. */
export function fileUriOf(path: Buffer): string {
  let encoded = 'file://';
  for (const byte of path) encoded += plain.has(byte) ? String.fromCharCode(byte) : `%${hex(byte)}`;
  return encoded;
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}

/** Path of `name` inside `folder`, which may end with a slash (the root does). */
export function joinPath(folder: Buffer, name: Uint8Array): Buffer {
  const separator = folder.at(-1) === slash ? [] : [Buffer.of(slash)];
  return Buffer.concat([folder, ...separator, name]);
}

/** Path of the folder a file lies in. */
export function folderOf(path: Buffer): Buffer {
  return path.subarray(0, Math.max(1, path.lastIndexOf(slash)));
}

/** Last segment of a path. */
export function nameOf(path: Buffer): Buffer {
  return path.subarray(path.lastIndexOf(slash) + 1);
}

function refused(uri: string, why: string): ImageError {
  return new ImageError('uri_refused', `${shown(uri)}: ${why}`);
}
