/** Records as CSV (RFC 4180) for spreadsheets, with a line of column names. */
import { ByteWriter } from 'hyparquet-writer';
import type { LabelRecord } from '../schema/record.ts';
import type { ChunkRecords } from './chunk-records.ts';
import { capacity, type RecordEncoder } from './record-encoder.ts';

export class CsvEncoder implements RecordEncoder {
  readonly #labels: number;
  readonly #writer: ByteWriter;

  /**
   * @param labels of each image that get columns
   * @param fileBytes about what the file will have
   */
  constructor(labels: number, fileBytes: number) {
    this.#labels = labels;
    this.#writer = new ByteWriter(capacity(fileBytes));
    const each = Array.from({ length: labels }, (_, n) => [
      `id_${n + 1}`,
      `label_${n + 1}`,
      `score_${n + 1}`,
    ]);
    this.#push(
      line([
        'index',
        'uri',
        'version',
        'status',
        ...each.flat(),
        'error_code',
        'error_message',
        'error_retryable',
      ]),
    );
  }

  get bytes(): number {
    return this.#writer.offset;
  }

  add(chunk: ChunkRecords): void {
    let rows = '';
    while (chunk.next()) rows += this.#row(chunk.whole());
    this.#push(rows);
  }

  finish(): Uint8Array {
    return this.#writer.getBytes();
  }

  #row(record: LabelRecord): string {
    const { index, uri, version = '', status } = record;
    const labels = Array.from({ length: this.#labels }, (_, place) => {
      const label = record.status === 'ok' ? record.labels[place] : undefined;
      return label === undefined ? ['', '', ''] : [label.id, label.label, label.score];
    });
    const { code, message, retryable } =
      record.status === 'error' ? record.error : { code: '', message: '', retryable: '' };
    return line([index, uri, version, status, ...labels.flat(), code, message, String(retryable)]);
  }

  #push(text: string): void {
    this.#writer.appendBytes(Buffer.from(text));
  }
}

function line(cells: readonly (string | number)[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

/**
 * Text that a spreadsheet would take for a formula gets an apostrophe before it, as OWASP's page on CSV injection says:
 * file names and labels are strangers'. Numbers are ours.
 */
function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r\n＝＋－＠]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
