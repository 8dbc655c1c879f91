import { LabelmillError } from '../errors.ts';
import { type LabelRecord, recordSchema } from '../schema/record.ts';

/** Records as JSON, a line each. */
export function encodeRecordLines(records: readonly LabelRecord[]): Uint8Array {
  return Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
}

/** @throws LabelmillError `broken_part` naming the part and the line */
export function decodeRecordLines(body: Uint8Array, name: string): LabelRecord[] {
  const lines = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line, number) => decodeRecordLine(line, name, number));
}

/** @param number of the line, from 0 @throws LabelmillError `broken_part` naming the part and the line */
export function decodeRecordLine(line: string, name: string, number: number): LabelRecord {
  try {
    return recordSchema.parse(JSON.parse(line));
  } catch (cause) {
    throw new LabelmillError('broken_part', `${name}, line ${number + 1}, is not a record`, { cause });
  }
}
