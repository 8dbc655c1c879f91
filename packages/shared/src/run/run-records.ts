/** A closed run's records in order, chunk by chunk, as its latest retries left them. */
import { LabelmillError } from '../errors.ts';
import type { LabelRecord } from '../schema/record.ts';
import type { Run } from '../schema/run.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { decodePart } from './part.ts';
import type { Retries } from './retry.ts';
import { runFolder } from './run-folder.ts';

/** Parts read ahead: enough to hide an S3 round trip, and few enough for chunks of 100,000 images. */
const readsAhead = 4;

export interface RecordsOptions {
  readonly run: Pick<Run, 'chunkSize'>;
  /** Images of the whole run. */
  readonly listed: number;
  readonly retries: Retries;
  /** The first chunk wanted. */
  readonly from?: number;
}

/** Where a chunk's records are: a retry's part counts from when it is there, whether `labels/` shows it or not. */
export function latestPart(folder: string, seq: number, { latest }: Retries): string {
  const generation = latest.get(seq);
  return generation === undefined
    ? runFolder.part(folder, seq)
    : runFolder.retryPart(folder, generation, seq);
}

/** @throws LabelmillError `broken_part` where a part is not exactly one record for each image of its chunk */
export async function* runRecords(
  store: ObjectStore,
  folder: string,
  { run, listed, retries, from = 0 }: RecordsOptions,
): AsyncGenerator<{ readonly seq: number; readonly records: readonly LabelRecord[] }> {
  const chunks = Math.ceil(listed / run.chunkSize);
  const read = async (seq: number) => {
    const uri = latestPart(folder, seq, retries);
    const records = decodePart((await store.read(uri)).body, uri);
    const first = seq * run.chunkSize;
    const due = Math.min(run.chunkSize, listed - first);
    if (records.length !== due || records.some(({ index }, place) => index !== first + place)) {
      const message = `${uri} does not hold one record for each of ${due} images: "labelmill verify" names what differs`;
      throw new LabelmillError('broken_part', message);
    }
    return { seq, records };
  };
  const ahead: ReturnType<typeof read>[] = [];
  for (let next = from; next < chunks || ahead.length > 0; ) {
    while (next < chunks && ahead.length < readsAhead) {
      const reading = read(next++);
      // It is awaited below; until then its failure is nobody's.
      reading.catch(() => {});
      ahead.push(reading);
    }
    const chunk = await ahead.shift();
    if (chunk !== undefined) yield chunk;
  }
}
