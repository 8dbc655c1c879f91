/** Takes in a body of announced or unknown length, never more than the limit. */

import type { Readable } from 'node:stream';
import { ImageError, OutageError } from '../errors.ts';
import type { Deadline } from './deadline.ts';
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

/** The pieces as they come, each told to the deadline. */
export async function* timed(body: Readable, deadline: Deadline): AsyncGenerator<Uint8Array> {
  deadline.received(0);
  for await (const piece of body as AsyncIterable<Uint8Array>) {
    deadline.received(piece.length);
    yield piece;
  }
}

/**
 * The whole body in its own memory, which can be transferred to another thread. Throws `too_large`, `truncated`.
 * @param onMore told of the bytes so far, where the length was announced
 */
export async function collectBody(
  pieces: AsyncIterable<Uint8Array>,
  limits: BodyLimits,
  onMore?: (soFar: Uint8Array<ArrayBuffer>) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const body = new BodyCollector(limits);
  for await (const piece of pieces) {
    body.add(piece);
    if (onMore && body.soFar) onMore(body.soFar);
  }
  return body.end();
}

/** The pieces as they come; ends with an error if they are too many, or fewer or more than announced. */
export async function* boundedBody(
  pieces: AsyncIterable<Uint8Array>,
  limits: BodyLimits,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    checkSoFar(bytes, limits);
    yield piece;
  }
  checkEnd(bytes, limits);
}

/** A whole body, piece after piece. Its methods throw `too_large` and `truncated`. */
export class BodyCollector {
  readonly #limits: BodyLimits;
  /** All of the body, where its length was announced. */
  readonly #whole: Buffer<ArrayBuffer> | undefined;
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor(limits: BodyLimits) {
    checkLength(limits);
    this.#limits = limits;
    if (limits.length !== undefined) this.#whole = Buffer.allocUnsafeSlow(limits.length);
  }

  /** The piece must stay as it is until the end. */
  add(piece: Uint8Array): void {
    const begin = this.#bytes;
    this.#bytes += piece.length;
    checkSoFar(this.#bytes, this.#limits);
    if (this.#whole) this.#whole.set(piece, begin);
    else this.#pieces.push(piece);
  }

  /** What has come, in the memory of the whole; undefined where no length was announced. */
  get soFar(): Uint8Array<ArrayBuffer> | undefined {
    return this.#whole?.subarray(0, this.#bytes);
  }

  end(): Uint8Array<ArrayBuffer> {
    checkEnd(this.#bytes, this.#limits);
    return this.#whole ?? concatenated(this.#pieces, Buffer.allocUnsafeSlow(this.#bytes));
  }
}

function checkSoFar(bytes: number, { uri, length, maxBytes = Infinity }: BodyLimits): void {
  if (bytes > maxBytes) throw tooLarge(uri, maxBytes);
  if (length !== undefined && bytes > length) throw truncated(uri, bytes, length);
}

function checkEnd(bytes: number, { uri, length }: BodyLimits): void {
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
