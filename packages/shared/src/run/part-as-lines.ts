import { decodePart } from './part.ts';
import { encodeRecordLines } from './record-lines.ts';
import { partFormatOf } from './run-folder.ts';

/**
 * A part's records as JSON lines, whatever its format: for those that read them where they lie.
 * @param uri of the part, which says its format
 * @throws LabelmillError `broken_part` for a Parquet part that cannot be read; JSON lines are not looked at
 */
export async function partAsLines(body: Uint8Array, uri: string): Promise<Uint8Array> {
  return partFormatOf(uri) === 'jsonl' ? body : encodeRecordLines(await decodePart(body, uri));
}
