import { isUtf8 } from 'node:buffer';
import { decodeRecordLine, decodeRecordLines, encodeRecordLines } from '../run/record-lines.ts';
import { type PartBody, requireRecordsOf } from '../run/run-parts.ts';
import type { LabelRecord } from '../schema/record.ts';
import { OkLine } from './ok-line.ts';

const lineEnd = 0x0a;

/**
 * The records of one chunk, one after another. Most are read where they lie in the part (`line`); what is written in any
 * other way, error records among it, comes as a record.
 */
export class ChunkRecords {
  /** Of the part, as JSON lines. */
  readonly bytes: Uint8Array;
  readonly line: OkLine;
  /** Null where `line` has been read. */
  record: LabelRecord | null = null;
  /** The place of the record's line in `bytes`. */
  start = 0;
  end = 0;
  /** Records so far. */
  read = 0;
  readonly #part: PartBody;

  /**
   * @param line to read into
   * @throws LabelmillError `broken_part`, as does `next`
   */
  constructor(part: PartBody, line = new OkLine()) {
    this.#part = part;
    this.line = line;
    const { body, uri } = part;
    // Texts are copied on as they are, so they have to be text; and what was cut off may still be whole lines.
    const asWritten = isUtf8(body) && (body.length === 0 || body.at(-1) === lineEnd);
    const { buffer, byteOffset, byteLength } = asWritten
      ? body
      : encodeRecordLines(decodeRecordLines(body, uri));
    // Buffers of Node's and plain arrays alike become plain arrays: the loops over them are compiled for one of the two.
    this.bytes = new Uint8Array(buffer, byteOffset, byteLength);
  }

  /** @returns is there another record? */
  next(): boolean {
    const { bytes, line } = this;
    this.start = this.end;
    if (this.start >= bytes.length) {
      requireRecordsOf(this.#part, this.read === this.#part.due);
      return false;
    }
    if (line.read(bytes, this.start)) {
      this.record = null;
      this.end = line.end;
    } else {
      this.end = bytes.indexOf(lineEnd, this.start) + 1;
      this.record = decodeRecordLine(this.#text(), this.#part.uri, this.read);
    }
    const index = this.record?.index ?? line.index;
    requireRecordsOf(this.#part, index === this.#part.first + this.read++);
    return true;
  }

  /** The record, wherever it was read from. */
  whole(): LabelRecord {
    return this.record ?? (JSON.parse(this.#text()) as LabelRecord);
  }

  #text(): string {
    const { buffer, byteOffset } = this.bytes;
    return Buffer.from(buffer, byteOffset + this.start, this.end - 1 - this.start).toString('utf8');
  }
}
