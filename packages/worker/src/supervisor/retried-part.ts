/** A chunk's part in a retry: the images that the retry asks for are labelled again, the other records stay. */
import { crashPoint } from '@labelmill/shared/crash-point';
import type { RunInfo } from '@labelmill/shared/ledger/run-info';
import { createOnce } from '@labelmill/shared/run/create-once';
import { countRecords, decodePart, encodePart, type PartCounts } from '@labelmill/shared/run/part';
import { isSelected } from '@labelmill/shared/run/retry';
import { readIfThere } from '@labelmill/shared/run/run-files';
import { runFolder } from '@labelmill/shared/run/run-folder';
import { type ChunkJob, chunkUris } from '@labelmill/shared/schema/chunk-job';
import type { LabelRecord } from '@labelmill/shared/schema/record';
import { type LabelledImages, labelled } from './label-images.ts';
import type { ChunkContext } from './process-chunk.ts';
import { settledRecords, settleRecords } from './settle-records.ts';

type Retry = NonNullable<RunInfo['retry']>;

export async function retriedPart(
  job: ChunkJob,
  context: ChunkContext,
  info: RunInfo,
  retry: Retry,
  signal: AbortSignal,
): Promise<PartCounts> {
  const made = runFolder.retryPart(info.folder, retry.generation, job.seq, info.run);
  const earlier = await readIfThere(context.stores.for(made), made);
  if (earlier !== null) return show(job, earlier, made, context, info);
  const settled = await settledRecords(job, info, context.stores);
  if (settled !== null) return createRetriedPart(job, settled, context, info, retry);
  const before = await recordsBefore(job, context, info);
  const again = await labelled(
    before.filter((record) => isSelected(record, retry.errors)),
    context,
    info,
    signal,
  );
  const anew = new Map(again.records.map((record) => [record.index, record]));
  const records = before.map((record) => anew.get(record.index) ?? record);
  return writeRetriedPart(job, { records, features: again.features }, context, info, retry);
}

/** The chunk's records as `labels/` holds them. */
export async function recordsBefore(
  job: ChunkJob,
  { stores }: ChunkContext,
  info: RunInfo,
): Promise<LabelRecord[]> {
  const part = runFolder.part(info.folder, job.seq, info.run);
  const body = await readIfThere(stores.for(part), part);
  if (body !== null) return decodePart(body, part);
  // Only a hand from outside can have removed it: then all of the chunk is labelled again.
  const error = { code: 'chunk_failed', message: `${part} was not there`, retryable: true } as const;
  return chunkUris(job).map((uri, place) => ({ index: job.first + place, uri, status: 'error', error }));
}

/**
 * Writes the retry's part, or takes the one that another delivery created first, and shows it in `labels/`.
 * @param images all of the chunk's, with the features of those that the retry labelled
 */
export async function writeRetriedPart(
  job: ChunkJob,
  images: LabelledImages,
  context: ChunkContext,
  info: RunInfo,
  retry: Retry,
): Promise<PartCounts> {
  const records = await settleRecords(job, info, images, context.stores);
  return createRetriedPart(job, records, context, info, retry);
}

async function createRetriedPart(
  job: ChunkJob,
  records: readonly LabelRecord[],
  context: ChunkContext,
  info: RunInfo,
  retry: Retry,
): Promise<PartCounts> {
  const made = runFolder.retryPart(info.folder, retry.generation, job.seq, info.run);
  const store = context.stores.for(made);
  const encoded = await encodePart(records, info.run);
  const created = await createOnce(store, made, encoded, info.run);
  crashPoint('retried-part-created');
  const body = created === 'created' ? encoded : (await store.read(made)).body;
  return show(job, body, made, context, info);
}

async function show(
  job: ChunkJob,
  body: Uint8Array,
  made: string,
  { stores }: ChunkContext,
  info: RunInfo,
): Promise<PartCounts> {
  const part = runFolder.part(info.folder, job.seq, info.run);
  await stores.for(part).replace(part, body);
  crashPoint('part-replaced');
  return countRecords(await decodePart(body, made));
}
