/** A closed run's parts in order, as its latest retries left them. */
import { LabelmillError } from '../errors.ts';
import type { Run } from '../schema/run.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { Retries } from './retry.ts';
import { runFolder } from './run-folder.ts';

/** Parts read ahead: enough to hide an S3 round trip, and few enough for chunks of 100,000 images. */
const readsAhead = 4;

export interface PartsOptions {
  readonly run: Pick<Run, 'chunkSize' | 'partFormat'>;
  /** Images of the whole run. */
  readonly listed: number;
  readonly retries: Retries;
  /** The first chunk wanted. */
  readonly from?: number;
}

/** A part as it was read, and what has to be in it. */
export interface PartBody {
  readonly seq: number;
  readonly uri: string;
  readonly body: Uint8Array;
  /** Index of its first record. */
  readonly first: number;
  /** Number of its records. */
  readonly due: number;
}

/** Where a chunk's records are: a retry's part counts from when it is there, whether `labels/` shows it or not. */
export function latestPart(
  folder: string,
  seq: number,
  run: Pick<Run, 'partFormat'>,
  { latest }: Retries,
): string {
  const generation = latest.get(seq);
  return generation === undefined
    ? runFolder.part(folder, seq, run)
    : runFolder.retryPart(folder, generation, seq, run);
}

export async function* runParts(
  store: ObjectStore,
  folder: string,
  { run, listed, retries, from = 0 }: PartsOptions,
): AsyncGenerator<PartBody> {
  const chunks = Math.ceil(listed / run.chunkSize);
  const read = async (seq: number): Promise<PartBody> => {
    const uri = latestPart(folder, seq, run, retries);
    const { body } = await store.read(uri);
    const first = seq * run.chunkSize;
    return { seq, uri, body, first, due: Math.min(run.chunkSize, listed - first) };
  };
  const ahead: Promise<PartBody>[] = [];
  for (let next = from; next < chunks || ahead.length > 0; ) {
    while (next < chunks && ahead.length < readsAhead) {
      const reading = read(next++);
      // It is awaited below; until then its failure is nobody's.
      reading.catch(() => {});
      ahead.push(reading);
    }
    const part = await ahead.shift();
    if (part !== undefined) yield part;
  }
}

/** @throws LabelmillError `broken_part` unless a part was found to hold exactly one record for each image of its chunk */
export function requireRecordsOf({ uri, due }: PartBody, found: boolean): void {
  if (found) return;
  const message = `${uri} does not hold one record for each of ${due} images: "labelmill verify" names what differs`;
  throw new LabelmillError('broken_part', message);
}
