import { ByteWriter } from 'hyparquet-writer';
import { encodeRecordLines } from '../run/record-lines.ts';
import type { ChunkRecords } from './chunk-records.ts';
import { capacity, type RecordEncoder } from './record-encoder.ts';

/** The same lines as in the parts. */
export class JsonlEncoder implements RecordEncoder {
  readonly #writer: ByteWriter;

  /** @param fileBytes about what the file will have */
  constructor(fileBytes: number) {
    this.#writer = new ByteWriter(capacity(fileBytes));
  }

  get bytes(): number {
    return this.#writer.offset;
  }

  add(chunk: ChunkRecords): void {
    const { bytes } = chunk;
    let copied = 0;
    while (chunk.next()) {
      if (chunk.record === null) continue;
      this.#writer.appendBytes(bytes.subarray(copied, chunk.start));
      this.#writer.appendBytes(encodeRecordLines([chunk.record]));
      copied = chunk.end;
    }
    this.#writer.appendBytes(bytes.subarray(copied));
  }

  finish(): Uint8Array {
    return this.#writer.getBytes();
  }
}
