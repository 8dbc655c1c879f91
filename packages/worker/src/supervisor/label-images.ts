import { OutageError } from '@labelmill/shared/errors';
import type { RunInfo } from '@labelmill/shared/ledger/run-info';
import type { LabelRecord } from '@labelmill/shared/schema/record';
import type { ChunkContext, ChunkImage } from './process-chunk.ts';
import { recordOf } from './record-of.ts';

export interface LabelledImages {
  readonly records: readonly LabelRecord[];
  /** By index; of every image that is `ok`, where the run asks for features. */
  readonly features: ReadonlyMap<number, Float16Array>;
}

/**
 * One record for each image, in order; without labels where the run asks for none.
 * @throws OutageError when one of them met an outage: that is never a record, the whole chunk goes back
 */
export async function labelled(
  images: readonly ChunkImage[],
  { label, bundle, span }: ChunkContext,
  { run }: RunInfo,
  signal: AbortSignal,
): Promise<LabelledImages> {
  const wanted = { decode: run.preprocessing.decode, features: run.emit.includes('features') };
  const topK = run.emit.includes('labels') ? run.topK : 0;
  const results = await label(images, wanted, signal);
  signal.throwIfAborted();
  span.event('labelled');
  const features = new Map<number, Float16Array>();
  const records = images.map(({ index, uri }, place) => {
    const result = results[place];
    if (result === undefined) throw new Error(`no result for image ${index}`);
    if (result.status === 'outage') throw new OutageError(result.code, result.message);
    if (wanted.features && result.status === 'ok') {
      if (result.features === undefined) throw new Error(`no features for image ${index}`);
      features.set(index, result.features);
    }
    return recordOf(result, index, uri, bundle.manifest.classes, topK);
  });
  return { records, features };
}
