/** Parts: the output of one chunk, a record for each image, as JSON lines or as Parquet. */
import type { LabelRecord } from '../schema/record.ts';
import type { Run } from '../schema/run.ts';
import { decodeParquetPart, encodeParquetPart } from './parquet-part.ts';
import { type QuarantinedImage, quarantinedIn } from './quarantine.ts';
import { decodeRecordLines, encodeRecordLines } from './record-lines.ts';
import { partFormatOf } from './run-folder.ts';

/** What a part adds to the account. */
export interface PartCounts {
  readonly ok: number;
  readonly error: number;
  /** Error records by code. */
  readonly errors: Readonly<Record<string, number>>;
  /** The first of the `crashed_decoder` records, which are named in the summary. */
  readonly quarantined: readonly QuarantinedImage[];
}

/** The same records give the same bytes. */
export async function encodePart(
  records: readonly LabelRecord[],
  { partFormat }: Pick<Run, 'partFormat'>,
): Promise<Uint8Array> {
  return partFormat === 'parquet' ? encodeParquetPart(records) : encodeRecordLines(records);
}

/**
 * @param name the part's URI, which says its format
 * @throws LabelmillError `broken_part` naming the part, and the line or row
 */
export async function decodePart(body: Uint8Array, name: string): Promise<LabelRecord[]> {
  return partFormatOf(name) === 'parquet' ? decodeParquetPart(body, name) : decodeRecordLines(body, name);
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
