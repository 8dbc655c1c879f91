/**
 * The account of a run from its folder alone: what was listed, what each part holds, and every place where they
 * differ. `verify` reports it; `resume` rebuilds the ledger from it.
 */
import pMap from 'p-map';
import { LabelmillError, messageOf } from '../errors.ts';
import type { LabelRecord } from '../schema/record.ts';
import type { Run } from '../schema/run.ts';
import { isNoFolder } from '../store/no-folder.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { countRecords, decodePart, type PartCounts } from './part.ts';
import { firstQuarantined, type QuarantinedImage } from './quarantine.ts';
import { type Retries, readRetries } from './retry.ts';
import { readIfThere, readListed, readSegments } from './run-files.ts';
import { partSeq, runFolder } from './run-folder.ts';
import type { Listed, ListedImage } from './segment.ts';

export interface Difference {
  /** What differs, for programs: `missing_part`, `wrong_uri`, … */
  readonly code: string;
  /** The file it was found in. */
  readonly uri: string;
  /** One line for people. */
  readonly message: string;
}

export interface Recount {
  readonly segments: number;
  readonly chunks: number;
  readonly images: number;
  /** Chunks whose part is there, whole and right, and that no retry has still to do again. */
  readonly done: readonly number[];
  readonly counts: PartCounts;
  /** What the listing said at its end; null while it has not ended. */
  readonly listed: Listed | null;
  readonly retries: Retries;
  readonly differences: readonly Difference[];
}

/** Parts read at once: enough to hide an S3 round trip. */
const readsAtOnce = 16;

/**
 * @param onProgress called with the number of images recounted so far
 * @param onPart called with the records of every part in `done`
 * Reads one segment (at most 16,384 images) into memory at a time.
 */
export async function recount(
  store: ObjectStore,
  folder: string,
  run: Run,
  onProgress: (images: number) => void = () => {},
  onPart: (seq: number, records: readonly LabelRecord[]) => void | Promise<void> = () => {},
): Promise<Recount> {
  const differences: Difference[] = [];
  const parts = await listParts(store, folder, run);
  const listed = await readListed(store, folder);
  const retries = await readRetries(store, folder, run);
  const done: number[] = [];
  const errors: Record<string, number> = {};
  let [segments, images, ok, error] = [0, 0, 0, 0];
  let quarantined: QuarantinedImage[] = [];

  for await (const segment of readSegments(store, folder)) {
    const chunks = Array.from({ length: Math.ceil(segment.length / run.chunkSize) }, (_, n) =>
      segment.slice(n * run.chunkSize, (n + 1) * run.chunkSize),
    );
    const firstSeq = images / run.chunkSize;
    if (!segment.every((image, offset) => image.index === images + offset)) {
      const uri = runFolder.segment(folder, segments);
      differences.push({ code: 'wrong_index', uri, message: `${uri} does not number its images in order` });
    }
    await pMap(
      chunks,
      async (chunk, offset) => {
        const seq = firstSeq + offset;
        if (!parts.delete(seq)) return;
        const records = await checkPart(store, runFolder.part(folder, seq, run), chunk, differences);
        if (records === null || retries.open.has(seq)) return;
        await onPart(seq, records);
        const counts = countRecords(records);
        done.push(seq);
        ok += counts.ok;
        error += counts.error;
        quarantined = firstQuarantined(quarantined, counts.quarantined);
        for (const [code, count] of Object.entries(counts.errors)) errors[code] = (errors[code] ?? 0) + count;
      },
      { concurrency: readsAtOnce },
    );
    segments++;
    images += segment.length;
    onProgress(images);
  }

  const chunks = Math.ceil(images / run.chunkSize);
  for (const seq of parts) {
    const uri = runFolder.part(folder, seq, run);
    differences.push({ code: 'extra_part', uri, message: `${uri} belongs to no listed chunk` });
  }
  if (listed !== null && (listed.images !== images || listed.segments !== segments)) {
    differences.push({
      code: 'missing_segment',
      uri: runFolder.manifestFolder(folder),
      message: `the listing ended with ${listed.images} images in ${listed.segments} segments, but ${images} in ${segments} are there`,
    });
  }
  return {
    segments,
    chunks,
    images,
    done,
    counts: { ok, error, errors, quarantined },
    listed,
    retries,
    differences,
  };
}

async function listParts(store: ObjectStore, folder: string, run: Run): Promise<Set<number>> {
  const seqs = new Set<number>();
  try {
    for await (const object of store.list(runFolder.labelsFolder(folder))) {
      const seq = partSeq(object.uri, run);
      if (seq !== null) seqs.add(seq);
    }
  } catch (error) {
    // On a disk the folder comes with its first part.
    if (!isNoFolder(error)) throw error;
  }
  return seqs;
}

/** The part's records, or null (and what is wrong) where it is not exactly one record for each image of the chunk. */
async function checkPart(
  store: ObjectStore,
  uri: string,
  chunk: readonly ListedImage[],
  differences: Difference[],
): Promise<LabelRecord[] | null> {
  const wrong = (code: string, message: string): null => {
    differences.push({ code, uri, message: `${uri}: ${message}` });
    return null;
  };
  const body = await readIfThere(store, uri);
  if (body === null) return null;
  let records: LabelRecord[];
  try {
    records = await decodePart(body, uri);
  } catch (error) {
    if (error instanceof LabelmillError) return wrong(error.code, messageOf(error));
    throw error;
  }
  if (records.length !== chunk.length) {
    return wrong('wrong_count', `${records.length} records for ${chunk.length} images`);
  }
  for (const [place, image] of chunk.entries()) {
    const record = records[place];
    if (record?.index !== image.index)
      return wrong('wrong_index', `index ${record?.index} where ${image.index} is due`);
    if (record.uri !== image.uri)
      return wrong('wrong_uri', `image ${image.index} is "${record.uri}", listed as "${image.uri}"`);
  }
  return records;
}
