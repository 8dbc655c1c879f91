/** A closed run's records in order, chunk by chunk, as its latest retries left them. */
import type { LabelRecord } from '../schema/record.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { decodePart } from './part.ts';
import { type PartsOptions, requireRecordsOf, runParts } from './run-parts.ts';

/** @throws LabelmillError `broken_part` where a part is not exactly one record for each image of its chunk */
export async function* runRecords(
  store: ObjectStore,
  folder: string,
  options: PartsOptions,
): AsyncGenerator<{ readonly seq: number; readonly records: readonly LabelRecord[] }> {
  for await (const part of runParts(store, folder, options)) {
    const { seq, uri, body, first, due } = part;
    const records = await decodePart(body, uri);
    const whole = records.length === due && records.every(({ index }, place) => index === first + place);
    requireRecordsOf(part, whole);
    yield { seq, records };
  }
}
