import { readSteps } from '@labelmill/shared/run/carried-file';
import { decodePart } from '@labelmill/shared/run/part';
import { readAhead } from '@labelmill/shared/run/read-ahead';
import { completeSummary, readIfThere, readRun, readSegments } from '@labelmill/shared/run/run-files';
import { runFolder } from '@labelmill/shared/run/run-folder';
import { type ListedImage, segmentImages } from '@labelmill/shared/run/segment';
import type { Run } from '@labelmill/shared/schema/run';
import type { ObjectStore } from '@labelmill/shared/store/object-store';
import type { Stores } from '@labelmill/shared/store/stores';
import pMap from 'p-map';
import { chunksOf } from '../chunks-of.ts';
import { merged } from './merged.ts';
import { inOrder, listsInOrder } from './sorted.ts';

export interface PreviousImage {
  readonly uri: string;
  /** Of what was labelled. Absent where that is not known, and where the record is an error: such an image is labelled again. */
  readonly version?: string | undefined;
  /** The run that holds the record, and the record's index there. */
  readonly run: string;
  readonly index: number;
}

/** Parts read at once: enough to hide an S3 round trip. */
const readsAtOnce = 16;
const batchImages = 512;

/**
 * In batches of at most a segment's images. Where the run's own order was another one, its images are sorted in files
 * below `scratch`.
 * @throws UsageError `not_complete` · `not_a_run`; LabelmillError `broken_manifest` · `broken_part`
 */
export async function* previousImages(
  stores: Stores,
  folder: string,
  scratch: string,
): AsyncGenerator<readonly PreviousImage[]> {
  const store = stores.for(folder);
  const run = await readRun(store, folder);
  const summary = await completeSummary(store, folder);
  const labelled = labelledImages(store, folder, run, summary.error > 0);
  if (run.against !== undefined) yield* merged(labelled, carriedImages(store, folder));
  else if (listsInOrder(run.source)) yield* labelled;
  else yield* inOrder(labelled, scratch);
}

async function* labelledImages(
  store: ObjectStore,
  folder: string,
  run: Run,
  hasErrors: boolean,
): AsyncGenerator<readonly PreviousImage[]> {
  const inOrder = run.against !== undefined || listsInOrder(run.source);
  if (inOrder && !hasErrors) yield* fromManifest(store, folder, run);
  else yield* fromRecords(store, folder, run);
}

/** Where all records are ok and the listing had the versions, nothing else is read. Batches are short, and so is their life. */
async function* fromManifest(
  store: ObjectStore,
  folder: string,
  run: Run,
): AsyncGenerator<readonly PreviousImage[]> {
  for await (const images of readAhead(unpackedSegments(store, folder))) {
    let batch: PreviousImage[] = [];
    for (const { uri, version, index } of images) {
      batch.push({ uri, version, run: run.id, index });
      if (batch.length < batchImages) continue;
      yield batch;
      batch = [];
    }
    yield batch;
  }
}

async function* unpackedSegments(store: ObjectStore, folder: string) {
  for (let segment = 0; ; segment++) {
    const uri = runFolder.segment(folder, segment);
    const body = await readIfThere(store, uri);
    if (body === null) return;
    yield await segmentImages(body, uri);
  }
}

async function* fromRecords(
  store: ObjectStore,
  folder: string,
  run: Run,
): AsyncGenerator<readonly PreviousImage[]> {
  for await (const images of readSegments(store, folder)) {
    const versions = await labelledVersions(store, folder, run, images);
    yield images.map(({ uri, index }, place) => ({ uri, version: versions[place], run: run.id, index }));
  }
}

/** The versions by the records of a segment's chunks; undefined for error records. */
async function labelledVersions(
  store: ObjectStore,
  folder: string,
  run: Run,
  images: readonly ListedImage[],
): Promise<(string | undefined)[]> {
  const chunks = chunksOf(images, run.chunkSize);
  const parts = await pMap(
    chunks,
    async ({ seq }) => {
      const uri = runFolder.part(folder, seq, run);
      return decodePart((await store.read(uri)).body, uri);
    },
    { concurrency: readsAtOnce },
  );
  return parts
    .flat()
    .map((record, place) =>
      record.status === 'ok' ? (images[place]?.version ?? record.version) : undefined,
    );
}

async function* carriedImages(store: ObjectStore, folder: string): AsyncGenerator<readonly PreviousImage[]> {
  for await (const { carried } of readSteps(store, folder)) yield carried;
}
