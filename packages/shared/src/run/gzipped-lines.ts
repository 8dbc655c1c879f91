/**
 * Files of a manifest: lines of text, compressed. A file is one call to zlib, not one for every 16 KiB, so that it is
 * done on another core while a merge keeps this thread busy.
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';

/** Far more than a file holds, and as much as a string can: a small file must not unpack into all memory there is. */
const mostBytes = 2 ** 29;
/** Made room for before anything is known: a file of 16,384 images has 2 to 4 MB. */
const mostAtOnce = 2 ** 23;

/** @param lines each with its end of line; read before this returns, not later */
export async function gzippedLines(...lines: readonly Uint8Array[]): Promise<Uint8Array> {
  const text = Buffer.concat(lines);
  // Level 1: the listing must not wait for the compressor, and URIs shrink about as well.
  const body = await promisify(gzip)(text, { level: 1, chunkSize: roomFor(text.length / 4) });
  free(text);
  return body;
}

/**
 * The lines one by one: of a small file that unpacks into nothing but line breaks, a list of lines would take all
 * memory. What is wrong with the file is thrown as zlib throws it.
 */
export async function gunzippedLines(body: Uint8Array): Promise<Generator<string>> {
  return linesOf(
    await promisify(gunzip)(body, { maxOutputLength: mostBytes, chunkSize: roomFor(textBytes(body)) }),
  );
}

/** What gzip says at its end (RFC 1952, ISIZE): a hint alone. One byte more tells zlib that it has come to the end. */
function textBytes(body: Uint8Array): number {
  return body.length < 4
    ? 0
    : Buffer.from(body.buffer, body.byteOffset, body.length).readUInt32LE(body.length - 4) + 1;
}

function roomFor(bytes: number): number {
  return Math.min(Math.max(Math.ceil(bytes), 2 ** 14), mostAtOnce);
}

function* linesOf(text: Buffer): Generator<string> {
  const newline = 10;
  for (let start = 0, end = 0; start < text.length; start = end + 1) {
    end = text.indexOf(newline, start);
    if (end < 0) end = text.length;
    yield text.toString('utf8', start, end);
  }
  free(text);
}

/** Gives the memory of a large text back at once. V8 would let 64 MB of them pile up before it looks for what is dead. */
function free(text: Buffer): void {
  if (text.length >= 2 ** 20) (text.buffer as ArrayBuffer).transfer(0);
}
