/**
 * A column of a row group, page by page. hyparquet-writer would take values and levels one by one, as objects and in
 * arrays of numbers: most of the time and of the memory. Pages are compressed by Node's threads while the next are filled.
 */
import { promisify } from 'node:util';
import { zstdCompress } from 'node:zlib';
import type { ColumnMetaData, Encoding, Statistics } from 'hyparquet';
import type { ParquetWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';

/** One call to zlib a page, not one for every 16 KiB that come out: what zstd makes of noise is hardly larger than that. */
function compress(bytes: Uint8Array): Promise<Uint8Array> {
  return promisify(zstdCompress)(bytes, { chunkSize: bytes.length + 1024 + (bytes.length >> 7) });
}

/**
 * Gives the memory of a large page back at once: V8 would look for what is dead every few dozen megabytes. Small ones may
 * lie in memory that Node.js shares out.
 */
function free({ buffer }: Uint8Array): void {
  if (buffer.byteLength >= 2 ** 17) (buffer as ArrayBuffer).transfer(0);
}

/** What a page of version 2 holds: whole rows. */
export interface Page {
  readonly rows: number;
  /** Slots of the levels: nulls and empty lists have one too. */
  readonly slots: number;
  readonly nulls: number;
  /** Encoded; empty where the column has none. */
  readonly repetition: Uint8Array;
  readonly definition: Uint8Array;
  /** Nobody else's: they are gone when they are compressed. */
  readonly values: Uint8Array;
}

interface PackedPage {
  readonly page: Page;
  /** Of the values before compression. */
  readonly bytes: number;
  readonly packed: Promise<Uint8Array>;
}

export interface ChunkEnd {
  /** For a column of dictionary indexes: its page, and the number of values in it. */
  readonly dictionary?: { readonly page: Uint8Array; readonly size: number };
  readonly statistics?: Statistics;
}

export class ColumnChunk {
  readonly #path: readonly string[];
  readonly #type: ColumnMetaData['type'];
  readonly #pages: PackedPage[] = [];

  /** @param path of the column in the schema, without its root */
  constructor(path: readonly string[], type: ColumnMetaData['type']) {
    this.#path = path;
    this.#type = type;
  }

  add(page: Page): void {
    const bytes = page.values.length;
    const packed = compress(page.values).finally(() => free(page.values));
    // It is awaited below; until then its failure is nobody's.
    packed.catch(() => {});
    this.#pages.push({ page, bytes, packed });
  }

  /** Appends the column to the file's last row group. */
  async write(file: ParquetWriter, { dictionary, statistics }: ChunkEnd): Promise<void> {
    const group = file.row_groups.at(-1);
    if (group === undefined) throw new TypeError('a column needs a row group');
    const packedDictionary = dictionary && (await compress(dictionary.page));
    const pages = await Promise.all(
      this.#pages.map(async ({ page, bytes, packed }) => ({ page, bytes, packed: await packed })),
    );
    const { writer } = file;
    const start = writer.offset;
    let uncompressed = 0;
    if (dictionary !== undefined && packedDictionary !== undefined) {
      writePageHeader(writer, {
        type: 'DICTIONARY_PAGE',
        uncompressed_page_size: dictionary.page.length,
        compressed_page_size: packedDictionary.length,
        dictionary_page_header: { num_values: dictionary.size, encoding: 'PLAIN' },
      });
      uncompressed += writer.offset - start + dictionary.page.length;
      writer.appendBytes(packedDictionary);
    }
    const encoding: Encoding = dictionary === undefined ? 'PLAIN' : 'RLE_DICTIONARY';
    const firstPage = writer.offset;
    const locations: { offset: bigint; compressed_page_size: number; first_row_index: bigint }[] = [];
    let rows = 0;
    let slots = 0;
    for (const { page, bytes, packed } of pages) {
      const before = writer.offset;
      uncompressed += writePage(file, page, bytes, packed, encoding);
      free(packed);
      locations.push({
        offset: BigInt(before),
        compressed_page_size: writer.offset - before,
        first_row_index: BigInt(rows),
      });
      rows += page.rows;
      slots += page.slots;
    }
    const chunk = {
      file_offset: BigInt(start),
      meta_data: {
        type: this.#type,
        encodings: [...new Set<Encoding>(['PLAIN', encoding])],
        path_in_schema: [...this.#path],
        codec: 'ZSTD' as const,
        num_values: BigInt(slots),
        total_uncompressed_size: BigInt(uncompressed),
        total_compressed_size: BigInt(writer.offset - start),
        data_page_offset: BigInt(firstPage),
        ...(dictionary === undefined ? {} : { dictionary_page_offset: BigInt(start) }),
        ...(statistics === undefined ? {} : { statistics }),
      },
    };
    group.columns.push(chunk);
    group.total_byte_size += chunk.meta_data.total_uncompressed_size;
    group.total_compressed_size = (group.total_compressed_size ?? 0n) + chunk.meta_data.total_compressed_size;
    file.pendingIndexes.push({ chunk, offsetIndex: { page_locations: locations } });
  }
}

/** @returns its bytes before compression */
function writePage(
  { writer }: ParquetWriter,
  page: Page,
  bytes: number,
  packed: Uint8Array,
  encoding: Encoding,
): number {
  const { repetition, definition } = page;
  const levels = repetition.length + definition.length;
  const before = writer.offset;
  writePageHeader(writer, {
    type: 'DATA_PAGE_V2',
    uncompressed_page_size: levels + bytes,
    compressed_page_size: levels + packed.length,
    data_page_header_v2: {
      num_values: page.slots,
      num_nulls: page.nulls,
      num_rows: page.rows,
      encoding,
      definition_levels_byte_length: definition.length,
      repetition_levels_byte_length: repetition.length,
      is_compressed: true,
    },
  });
  const header = writer.offset - before;
  for (const part of [repetition, definition, packed]) writer.appendBytes(part);
  return header + levels + bytes;
}
