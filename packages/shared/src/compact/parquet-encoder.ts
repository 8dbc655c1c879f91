import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { ChunkRecords } from './chunk-records.ts';
import { capacity, type RecordEncoder } from './record-encoder.ts';
import { recordTable } from './record-table.ts';
import { RowGroup } from './row-group.ts';

export const rowGroupRows = 65_536;

/** Records as Parquet (`record-table.ts`), compressed with zstd. */
export class ParquetEncoder implements RecordEncoder {
  readonly #writer: ByteWriter;
  readonly #file: ParquetWriter;
  readonly #groupRows: number;
  #group = new RowGroup();
  /** The group before, which is compressed and written while the next one fills. */
  #writing = Promise.resolve();
  #written = 0;

  /** @param fileBytes about what the file will have */
  constructor(groupRows: number, fileBytes: number) {
    this.#groupRows = groupRows;
    this.#writer = new ByteWriter(capacity(fileBytes));
    this.#file = new ParquetWriter({
      writer: this.#writer,
      schema: recordTable,
      createdBy: 'labelmill',
    });
  }

  /** Without the group that is being written, however far that is: files end where they end, whatever takes how long. */
  get bytes(): number {
    return this.#written;
  }

  async add(chunk: ChunkRecords): Promise<void> {
    while (chunk.next()) {
      this.#group.add(chunk);
      if (this.#group.rows === this.#groupRows) await this.#endGroup();
    }
  }

  async finish(): Promise<Uint8Array> {
    if (this.#group.rows > 0) await this.#endGroup();
    await this.#writing;
    void this.#file.finish();
    return this.#writer.getBytes();
  }

  async #endGroup(): Promise<void> {
    await this.#writing;
    this.#written = this.#writer.offset;
    this.#writing = this.#group.write(this.#file);
    // It is awaited above; until then its failure is nobody's.
    this.#writing.catch(() => {});
    this.#group = new RowGroup();
  }
}
