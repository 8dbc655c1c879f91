import { encodePart } from '../run/part.ts';
import type { LabelRecord } from '../schema/record.ts';
import type { RecordEncoder } from './record-encoder.ts';

/** The same lines as in the parts. */
export class JsonlEncoder implements RecordEncoder {
  readonly #pieces: Uint8Array[] = [];
  bytes = 0;

  add(records: readonly LabelRecord[]): void {
    const piece = encodePart(records);
    this.#pieces.push(piece);
    this.bytes += piece.length;
  }

  finish(): Uint8Array {
    return Buffer.concat(this.#pieces);
  }
}
