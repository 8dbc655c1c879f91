import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { codeOf, messageOf, UsageError } from '@labelmill/shared/errors';
import type { SourceSpec } from '@labelmill/shared/schema/run';
import { shown } from '@labelmill/shared/store/shown-uri';
import type { Stores } from '@labelmill/shared/store/stores';
import { parse } from 'csv-parse';
import { csvFault } from './csv-fault.ts';
import { type InventoryManifest, inventoryManifest } from './inventory-manifest.ts';
import { listedUri } from './listed-uri.ts';
import { patternFilter } from './patterns.ts';
import type { Cursor, Source, SourceImage } from './source.ts';
import { sourceChanged } from './source-changed.ts';

/** A manifest names each file of the listing in 200 bytes; no inventory has as many as would fill this. */
const mostManifestBytes = 2 ** 26;
/** A key has 1,024 bytes, each written as three; the other columns are short. */
const mostRowCharacters = 2 ** 16;

/**
 * The objects of a bucket as an S3 Inventory lists them, in the order of its files and rows: no request for each thousand
 * objects, as a listing needs. Only the latest version of each object counts.
 */
export class InventorySource implements Source {
  readonly spec: SourceSpec;
  readonly #stores: Stores;
  skipped = 0;

  constructor(spec: SourceSpec, stores: Stores) {
    this.spec = spec;
    this.#stores = stores;
  }

  async *images(after: Cursor | null, signal: AbortSignal): AsyncGenerator<SourceImage> {
    const { uri, include, exclude, limit = Number.POSITIVE_INFINITY } = this.spec;
    const { body } = await this.#stores.for(uri).read(uri, { maxBytes: mostManifestBytes, signal });
    const manifest = inventoryManifest(body, uri);
    const belongs = patternFilter(include, exclude);
    let seen = 0;
    this.skipped = 0;
    for (const file of manifest.files) {
      for await (const { key, ...image } of this.#objects(file, manifest, signal)) {
        if (seen >= limit) return;
        if (!belongs(key)) {
          this.skipped++;
          continue;
        }
        seen++;
        if (after === null || seen > after.images) yield image;
        else if (seen === after.images && image.uri !== after.lastUri)
          throw sourceChanged(uri, seen, { before: after.lastUri, now: image.uri });
      }
    }
  }

  async *#objects(
    { uri, md5 }: InventoryManifest['files'][number],
    { columns }: InventoryManifest,
    signal: AbortSignal,
  ): AsyncGenerator<SourceImage & { readonly key: string }> {
    const hash = createHash('md5');
    const stored = this.#stores.for(uri).stream(uri, { signal });
    const compressed = Readable.from(hashed(stored, hash), { objectMode: false });
    const rows = parse({ max_record_size: mostRowCharacters, relax_column_count: true });
    // Ends with the error of whichever fails first, and closes all three.
    const piped = pipeline(compressed, createGunzip(), rows).catch((error: unknown) => error);
    try {
      for await (const row of rows as AsyncIterable<string[]>) {
        const column = (name: keyof typeof columns) => row[columns[name]] ?? '';
        if (column('isLatest') === 'false' || column('isDeleteMarker') === 'true') continue;
        const key = decodedKey(column('key'), uri);
        const bytes = Number(column('size') || Number.NaN);
        if (bytes === 0 && key.endsWith('/')) continue; // consoles put these in place of folders
        const etag = column('etag').replaceAll('"', '');
        yield {
          key,
          uri: listedUri(`s3://${column('bucket')}/${key}`),
          ...(etag === '' ? {} : { version: etag }),
          ...(Number.isSafeInteger(bytes) ? { bytes } : {}),
        };
      }
      if (hash.digest('hex') !== md5) throw bad(uri, 'its MD5 is not the one in the manifest');
    } catch (error) {
      const fault = csvFault(error) ?? (codeOf(error)?.startsWith('Z_') ? messageOf(error) : null);
      throw fault === null ? error : bad(uri, fault, error);
    } finally {
      rows.destroy();
      await piped;
    }
  }
}

async function* hashed(bytes: AsyncIterable<Uint8Array>, hash: ReturnType<typeof createHash>) {
  for await (const piece of bytes) {
    hash.update(piece);
    yield piece;
  }
}

/** Keys are written as in a form of the web: `%20` or `+` for a space. */
function decodedKey(written: string, file: string): string {
  try {
    return decodeURIComponent(written.replaceAll('+', ' '));
  } catch (error) {
    throw bad(file, `${JSON.stringify(written.slice(0, 80))} is not an encoded key`, error);
  }
}

function bad(file: string, why: string, cause?: unknown): UsageError {
  return new UsageError('bad_inventory', `${shown(file)} cannot be read as part of an S3 Inventory: ${why}`, {
    cause,
  });
}
