/** The three manifest formats, each as a stream of image names. */
import { Readable } from 'node:stream';
import { UsageError } from '@labelmill/shared/errors';
import { parse } from 'csv-parse';
import { z } from 'zod';
import { csvFault } from './csv-fault.ts';

export type ManifestFormat = 'txt' | 'csv' | 'jsonl';

/** Columns and fields that may hold the image's URI, in this order. */
const uriColumns = ['uri', 'url', 'path', 'image', 'file'] as const;

/** Cut into lines at once: larger strings would be old before their last line is used, and pile up. */
const pieceBytes = 2 ** 15;
/** No name of an image is nearly as long. */
const maxLineCharacters = 2 ** 20;

/** The format a manifest's name says, or null where the name is not a manifest's. */
export function manifestFormat(name: string): ManifestFormat | null {
  const extension = /\.(txt|csv|jsonl|ndjson)$/i.exec(name)?.[1]?.toLowerCase();
  return extension === 'ndjson' ? 'jsonl' : ((extension as ManifestFormat | undefined) ?? null);
}

/**
 * Names of images, one for each line that is not blank (txt: nor starts with `#`). A jsonl line that does not name an
 * image is yielded as it is: it becomes one error record and does not end the run.
 * @throws UsageError `bad_manifest` for a CSV without a known column, broken quoting, or a line of over a megabyte
 */
export async function* manifestLines(
  bytes: AsyncIterable<Uint8Array>,
  format: ManifestFormat,
  name: string,
): AsyncGenerator<string> {
  if (format === 'csv') {
    yield* csvLines(Readable.from(bytes, { objectMode: false }), name);
    return;
  }
  for await (const lines of textLines(bytes, name)) {
    for (const line of lines) {
      const text = line.trim();
      if (text === '' || (format === 'txt' && text.startsWith('#'))) continue;
      yield format === 'txt' ? text : jsonUri(text);
    }
  }
}

/**
 * Lines by `\n`, `\r\n` or `\r`; a `\r\n` that falls between two pieces gives a blank line more. Not by `readline`:
 * it leaves the file open when its reader stops early, and cuts JSON at U+2028.
 */
async function* textLines(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let last = '';
  for await (const piece of pieces(bytes)) {
    const lines = (last + decoder.decode(piece, { stream: true })).split(/\r\n?|\n/);
    last = lines.pop() ?? '';
    yield lines;
    if (last.length > maxLineCharacters) {
      const start = JSON.stringify(last.slice(0, 40));
      throw new UsageError(
        'bad_manifest',
        `${name}: a line is longer than ${maxLineCharacters} characters, so this is no manifest; it starts ${start}`,
      );
    }
  }
  yield [last + decoder.decode()];
}

async function* pieces(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const read of bytes) {
    for (let at = 0; at < read.length; at += pieceBytes) yield read.subarray(at, at + pieceBytes);
  }
}

const jsonLineSchema = z.union([z.string(), z.looseObject({}).transform((row) => uriOf(row))]);

function jsonUri(line: string): string {
  try {
    const parsed = jsonLineSchema.safeParse(JSON.parse(line));
    return parsed.success && parsed.data !== undefined ? parsed.data : line;
  } catch {
    return line;
  }
}

function uriOf(row: Readonly<Record<string, unknown>>): string | undefined {
  for (const column of uriColumns) {
    const value = Object.hasOwn(row, column) ? row[column] : undefined;
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}

async function* csvLines(input: Readable, name: string): AsyncGenerator<string> {
  const parser = input.pipe(
    parse({ bom: true, skip_empty_lines: true, trim: true, max_record_size: maxLineCharacters }),
  );
  input.once('error', (error) => parser.destroy(error));
  let column = -1;
  try {
    for await (const row of parser as AsyncIterable<string[]>) {
      if (column < 0) {
        column =
          uriColumns
            .map((known) => row.findIndex((cell) => cell.toLowerCase() === known))
            .find((at) => at >= 0) ?? -1;
        if (column < 0) {
          throw new UsageError(
            'bad_manifest',
            `${name}: the first line must name a column ${uriColumns.join(', ')}; it reads "${row.join(',').slice(0, 80)}"`,
          );
        }
        continue;
      }
      yield row[column] ?? '';
    }
  } catch (error) {
    const fault = csvFault(error);
    if (fault !== null) throw new UsageError('bad_manifest', `${name}: ${fault}`, { cause: error });
    throw error;
  } finally {
    input.destroy();
  }
}
