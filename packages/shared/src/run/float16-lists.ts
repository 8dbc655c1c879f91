/**
 * A Parquet column of equally long lists of float16, written as bytes. hyparquet-writer would take the values one by one,
 * as an object each: seconds of a process whose event loop has to stay free, for one chunk.
 */
import type { CompressionCodec } from 'hyparquet';
import { ByteWriter, type ParquetWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';

/** What Parquet's own writers aim at, uncompressed. A page holds whole rows. */
const pageBytes = 1 << 20;

export interface PageCompression {
  readonly codec: CompressionCodec;
  readonly compress: (bytes: Uint8Array) => Promise<Uint8Array>;
}

/**
 * Appends the column to the file's last row group, which must have as many rows. List and elements are REQUIRED.
 *
 * @param path of the column in the schema: list, its repeated group, its element
 */
export async function appendFloat16Lists(
  file: ParquetWriter,
  path: readonly [string, string, string],
  vectors: readonly Float16Array[],
  { codec, compress }: PageCompression,
): Promise<void> {
  const group = file.row_groups.at(-1);
  const width = vectors[0]?.length ?? 0;
  if (group === undefined || width === 0 || vectors.some(({ length }) => length !== width)) {
    throw new TypeError('a column of lists needs rows, all of one width');
  }
  const { writer } = file;
  const start = writer.offset;
  const rowsPerPage = Math.max(1, Math.floor(pageBytes / (2 * width)));
  let uncompressed = 0;
  for (let first = 0; first < vectors.length; first += rowsPerPage) {
    const rows = vectors.slice(first, first + rowsPerPage);
    const values = littleEndian(rows, width);
    const packed = await compress(values);
    const repetition = repetitionLevels(rows.length, width);
    const definition = run(1, rows.length * width);
    const levels = repetition.length + definition.length;
    const before = writer.offset;
    writePageHeader(writer, {
      type: 'DATA_PAGE_V2',
      uncompressed_page_size: levels + values.length,
      compressed_page_size: levels + packed.length,
      data_page_header_v2: {
        num_values: rows.length * width,
        num_nulls: 0,
        num_rows: rows.length,
        encoding: 'PLAIN',
        definition_levels_byte_length: definition.length,
        repetition_levels_byte_length: repetition.length,
        is_compressed: true,
      },
    });
    uncompressed += writer.offset - before + levels + values.length;
    for (const bytes of [repetition, definition, packed]) writer.appendBytes(bytes);
  }
  group.columns.push({
    file_offset: BigInt(start),
    meta_data: {
      type: 'FIXED_LEN_BYTE_ARRAY',
      encodings: ['PLAIN', 'RLE'],
      path_in_schema: [...path],
      codec,
      num_values: BigInt(vectors.length * width),
      total_uncompressed_size: BigInt(uncompressed),
      total_compressed_size: BigInt(writer.offset - start),
      data_page_offset: BigInt(start),
    },
  });
  group.total_byte_size += BigInt(uncompressed);
  group.total_compressed_size = (group.total_compressed_size ?? 0n) + BigInt(writer.offset - start);
}

/** Parquet's byte order is little-endian, and so is every machine that Node.js runs on here. */
function littleEndian(rows: readonly Float16Array[], width: number): Uint8Array {
  const values = new Float16Array(rows.length * width);
  for (const [place, row] of rows.entries()) values.set(row, place * width);
  return new Uint8Array(values.buffer);
}

/** 0 where a list begins, 1 for each further element of it: Dremel's levels for lists that are never empty. */
function repetitionLevels(rows: number, width: number): Uint8Array {
  const one = Buffer.concat([run(0, 1), width > 1 ? run(1, width - 1) : Buffer.alloc(0)]);
  return Buffer.concat(Array.from({ length: rows }, () => one));
}

/** One RLE run of Parquet's RLE/bit-packing hybrid, bit width 1: the count, doubled, as a varint, then the value. */
function run(level: 0 | 1, count: number): Uint8Array {
  const bytes = new ByteWriter();
  bytes.appendVarInt(count * 2);
  bytes.appendUint8(level);
  return bytes.getBytes();
}
