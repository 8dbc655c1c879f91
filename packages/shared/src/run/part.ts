/** Parts: the output of one chunk, one JSON line per image. */
import { LabelmillError } from '../errors.ts';
import { type LabelRecord, recordSchema } from '../schema/record.ts';
import { type QuarantinedImage, quarantinedIn } from './quarantine.ts';

/** What a part adds to the account. */
export interface PartCounts {
  readonly ok: number;
  readonly error: number;
  /** Error records by code. */
  readonly errors: Readonly<Record<string, number>>;
  /** The first of the `crashed_decoder` records, which are named in the summary. */
  readonly quarantined: readonly QuarantinedImage[];
}

export function encodePart(records: readonly LabelRecord[]): Uint8Array {
  return Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
}

/** @throws LabelmillError `broken_part` naming the part and the line */
export function decodePart(body: Uint8Array, name: string): LabelRecord[] {
  const lines = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line, number) => decodeRecord(line, name, number));
}

/** @param number of the line, from 0 @throws LabelmillError `broken_part` naming the part and the line */
export function decodeRecord(line: string, name: string, number: number): LabelRecord {
  try {
    return recordSchema.parse(JSON.parse(line));
  } catch (cause) {
    throw new LabelmillError('broken_part', `${name}, line ${number + 1}, is not a record`, { cause });
  }
}

export function countRecords(records: readonly LabelRecord[]): PartCounts {
  const errors: Record<string, number> = {};
  let ok = 0;
  for (const record of records) {
    if (record.status === 'ok') ok++;
    else errors[record.error.code] = (errors[record.error.code] ?? 0) + 1;
  }
  return { ok, error: records.length - ok, errors, quarantined: quarantinedIn(records) };
}
