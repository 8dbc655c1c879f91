/**
 * The column `labels`, a list of structs, collected and written leaf by leaf. hyparquet-writer would walk through the
 * lists as objects once for each leaf, and hold all of a row group's: half of the time and most of the memory.
 */
import type { CompressionCodec } from 'hyparquet';
import type { ParquetWriter } from 'hyparquet-writer';
import { writeColumn } from 'hyparquet-writer/src/column.js';
import { schemaPathResolver } from 'hyparquet-writer/src/schema.js';
import type { Label } from '../schema/record.ts';

/** Uncompressed, what Parquet's own writers aim at. */
const pageSize = 1 << 20;

/** Levels of Dremel's for an optional list of required elements with required fields. */
const definition = { null: 0, empty: 1, element: 2 } as const;
const repetition = { first: 0, further: 1 } as const;

export interface PageCompression {
  readonly codec: CompressionCodec;
  readonly compressors: { readonly ZSTD: (bytes: Uint8Array) => Uint8Array };
}

export class LabelLists {
  readonly #definitionLevels: number[] = [];
  readonly #repetitionLevels: number[] = [];
  /** With null where a list is null or empty. */
  readonly #values = {
    id: [] as (string | null)[],
    label: [] as (string | null)[],
    score: [] as (number | null)[],
  };

  /** The list of the next row. */
  add(labels: readonly Label[] | null): void {
    if (labels === null || labels.length === 0) {
      const level = labels === null ? definition.null : definition.empty;
      this.#push(level, repetition.first, null);
      return;
    }
    let level: number = repetition.first;
    for (const label of labels) {
      this.#push(definition.element, level, label);
      level = repetition.further;
    }
  }

  /** Adds the three leaves to the file's last row group, which must have as many rows, before the column `error`. */
  write(file: ParquetWriter, { codec, compressors }: PageCompression): void {
    const group = file.row_groups.at(-1);
    if (group === undefined) throw new TypeError('a column needs a row group');
    let place = group.columns.findIndex(({ meta_data }) => meta_data?.path_in_schema[0] === 'error');
    const pathTo = schemaPathResolver(file.schema);
    const { writer } = file;
    for (const [name, values] of Object.entries(this.#values)) {
      const schemaPath = pathTo(['labels', 'list', 'element', name]).map(({ element }) => element);
      const before = writer.offset;
      const written = writeColumn({
        writer,
        column: {
          columnName: `labels.list.element.${name}`,
          element: schemaPath.at(-1)!,
          schemaPath,
          codec,
          compressors,
          // Nobody skips a row group by the least and the greatest of all its labels.
          stats: false,
          pageSize,
          columnIndex: false,
          offsetIndex: true,
        },
        pageData: {
          values,
          definitionLevels: this.#definitionLevels,
          repetitionLevels: this.#repetitionLevels,
          maxDefinitionLevel: definition.element,
        },
      });
      // Readers want them in the schema's order; where their bytes are is in them.
      group.columns.splice(place++, 0, written.chunk);
      file.pendingIndexes.push(written);
      group.total_byte_size += written.chunk.meta_data?.total_uncompressed_size ?? 0n;
      group.total_compressed_size = (group.total_compressed_size ?? 0n) + BigInt(writer.offset - before);
    }
  }

  #push(definitionLevel: number, repetitionLevel: number, label: Label | null): void {
    this.#definitionLevels.push(definitionLevel);
    this.#repetitionLevels.push(repetitionLevel);
    this.#values.id.push(label?.id ?? null);
    this.#values.label.push(label?.label ?? null);
    this.#values.score.push(label?.score ?? null);
  }
}
