/** Takes in a body of announced or unknown length, never more than the limit. */
import { ImageError, OutageError } from '../errors.ts';
import { shown } from './shown-uri.ts';

export interface BodyLimits {
  readonly uri: string;
  /** As announced; undefined where it was not. */
  readonly length: number | undefined;
  readonly maxBytes: number | undefined;
}

/** Throws `ImageError` `too_large` before anything is read, if the announced length is above the limit. */
export function checkLength({ uri, length, maxBytes = Infinity }: BodyLimits): void {
  if (length !== undefined && length > maxBytes) throw tooLarge(uri, maxBytes);
}

/** The whole body in its own memory, which can be transferred to another thread. Throws `too_large`, `truncated`. */
export async function collectBody(
  pieces: AsyncIterable<Uint8Array>,
  limits: BodyLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  if (limits.length === undefined) {
    const collected: Uint8Array[] = [];
    for await (const piece of boundedBody(pieces, limits)) collected.push(piece);
    const bytes = collected.reduce((sum, piece) => sum + piece.length, 0);
    return concatenated(collected, Buffer.allocUnsafeSlow(bytes));
  }
  const body = Buffer.allocUnsafeSlow(limits.length);
  let filled = 0;
  for await (const piece of boundedBody(pieces, limits)) {
    body.set(piece, filled);
    filled += piece.length;
  }
  return body;
}

/** The pieces as they come; ends with an error if they are too many, or fewer or more than announced. */
export async function* boundedBody(
  pieces: AsyncIterable<Uint8Array>,
  { uri, length, maxBytes = Infinity }: BodyLimits,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > maxBytes) throw tooLarge(uri, maxBytes);
    if (length !== undefined && bytes > length) throw truncated(uri, bytes, length);
    yield piece;
  }
  if (length !== undefined && bytes !== length) throw truncated(uri, bytes, length);
}

function concatenated(pieces: readonly Uint8Array[], body: Buffer<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let filled = 0;
  for (const piece of pieces) {
    body.set(piece, filled);
    filled += piece.length;
  }
  return body;
}

function tooLarge(uri: string, maxBytes: number): ImageError {
  return new ImageError('too_large', `${shown(uri)}: more than ${maxBytes} bytes`);
}

function truncated(uri: string, bytes: number, length: number): OutageError {
  return new OutageError('truncated', `${shown(uri)}: ${bytes} bytes came where ${length} were announced`);
}
