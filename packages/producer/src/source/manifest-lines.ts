/** The three manifest formats, each as a stream of image names. */
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { UsageError } from '@labelmill/shared/errors';
import { parse } from 'csv-parse';
import { z } from 'zod';

export type ManifestFormat = 'txt' | 'csv' | 'jsonl';

/** Columns and fields that may hold the image's URI, in this order. */
const uriColumns = ['uri', 'url', 'path', 'image', 'file'] as const;

/** The format a manifest's name says, or null where the name is not a manifest's. */
export function manifestFormat(name: string): ManifestFormat | null {
  const extension = /\.(txt|csv|jsonl|ndjson)$/i.exec(name)?.[1]?.toLowerCase();
  return extension === 'ndjson' ? 'jsonl' : ((extension as ManifestFormat | undefined) ?? null);
}

/**
 * Names of images, one for each line that is not blank (txt: nor starts with `#`). A jsonl line that does not name an
 * image is yielded as it is: it becomes one error record and does not end the run.
 * @throws UsageError `bad_manifest` for a CSV without a known column, or broken quoting
 */
export async function* manifestLines(
  bytes: AsyncIterable<Uint8Array>,
  format: ManifestFormat,
  name: string,
): AsyncGenerator<string> {
  const input = Readable.from(bytes, { objectMode: false });
  if (format === 'csv') {
    yield* csvLines(input, name);
    return;
  }
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    const text = line.trim();
    if (text === '' || (format === 'txt' && text.startsWith('#'))) continue;
    yield format === 'txt' ? text : jsonUri(text);
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
    parse({ bom: true, skip_empty_lines: true, trim: true, max_record_size: 1 << 20 }),
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
    if ((error as { code?: string }).code?.startsWith('CSV_')) {
      throw new UsageError('bad_manifest', `${name}: ${(error as Error).message}`, { cause: error });
    }
    throw error;
  }
}
