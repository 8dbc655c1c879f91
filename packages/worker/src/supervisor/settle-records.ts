/**
 * Which records of a chunk count, where its run asks for features. Two deliveries of a chunk need not agree on which
 * images are `ok`; so the features file is created first, once, and carries the records. A part is only ever written from
 * the features file that is there, and never says `ok` of an image without features, nor the other way round, whichever
 * deliveries come to write which of the two. A death in between costs nothing: the next delivery writes the part.
 *
 * A retry adds a features file of its own, with the images that it made `ok`; what is there stays.
 */
import { crashPoint } from '@labelmill/shared/crash-point';
import type { RunInfo } from '@labelmill/shared/ledger/run-info';
import { createOnce } from '@labelmill/shared/run/create-once';
import { encodeFeatures, recordsOfFeatures } from '@labelmill/shared/run/features-file';
import { readIfThere } from '@labelmill/shared/run/run-files';
import { runFolder } from '@labelmill/shared/run/run-folder';
import type { ChunkJob } from '@labelmill/shared/schema/chunk-job';
import type { LabelRecord } from '@labelmill/shared/schema/record';
import type { Stores } from '@labelmill/shared/store/stores';
import type { LabelledImages } from './label-images.ts';

type Chunk = Pick<ChunkJob, 'seq' | 'generation'>;

/** Creates the features file, or reads the one that another delivery created first: its records count. */
export async function settleRecords(
  { seq, generation }: Chunk,
  { run, folder }: RunInfo,
  { records, features }: LabelledImages,
  stores: Stores,
): Promise<readonly LabelRecord[]> {
  if (!run.emit.includes('features')) return records;
  const uri = runFolder.features(folder, seq, generation);
  const store = stores.for(uri);
  const created = await createOnce(store, uri, await encodeFeatures(records, features), run);
  crashPoint('features-created');
  return created === 'created' ? records : recordsOfFeatures((await store.read(uri)).body, uri);
}

/** The records that an earlier delivery settled and may have died upon, or null. */
export async function settledRecords(
  { seq, generation }: Chunk,
  { run, folder }: RunInfo,
  stores: Stores,
): Promise<readonly LabelRecord[] | null> {
  if (!run.emit.includes('features')) return null;
  const uri = runFolder.features(folder, seq, generation);
  const body = await readIfThere(stores.for(uri), uri);
  return body === null ? null : recordsOfFeatures(body, uri);
}
