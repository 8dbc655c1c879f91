/** Parts of objects. */
import { ImageError, OutageError } from '../errors.ts';
import type { ByteRange } from './object-store.ts';
import { shown } from './shown-uri.ts';

/** The HTTP header that asks for it (RFC 9110, section 14.2). */
export function rangeHeader({ offset, length }: ByteRange): string {
  return `bytes=${offset}-${offset + length - 1}`;
}

/** The object is shorter than the range asks for. */
export function endsBefore(uri: string, { offset, length }: ByteRange): ImageError {
  return new ImageError('not_found', `${shown(uri)}: it ends before byte ${offset + length}`);
}

export interface PartAnswer {
  readonly uri: string;
  readonly range: ByteRange | undefined;
  /** Of HTTP. */
  readonly status: number;
  /** As announced. */
  readonly length: number | undefined;
}

/**
 * Is the answer to a GET the part that was asked for? All is well where none was.
 * @throws ImageError `not_found` · OutageError `no_ranges` where the server sends the whole object instead
 */
export function checkPart({ uri, range, status, length }: PartAnswer): void {
  if (range === undefined) return;
  if (status !== 206) {
    const why = `cannot read ${shown(uri)}: its server gives no parts of objects (HTTP ${status})`;
    throw new OutageError('no_ranges', why, { retryable: false });
  }
  if (length !== undefined && length !== range.length) throw endsBefore(uri, range);
}
