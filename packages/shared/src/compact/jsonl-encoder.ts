import { ByteWriter } from 'hyparquet-writer';
import { encodePart } from '../run/part.ts';
import type { LabelRecord } from '../schema/record.ts';
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

  add(records: readonly LabelRecord[]): void {
    this.#writer.appendBytes(encodePart(records));
  }

  finish(): Uint8Array {
    return this.#writer.getBytes();
  }
}
