import { OutageError } from '@labelmill/shared/errors';
import type { RunInfo } from '@labelmill/shared/ledger/ledger';
import type { LabelRecord } from '@labelmill/shared/schema/record';
import type { ChunkContext } from './process-chunk.ts';
import { recordOf } from './record-of.ts';

/**
 * One record for each image, in order.
 * @throws OutageError when one of them met an outage: that is never a record, the whole chunk goes back
 */
export async function labelled(
  images: readonly { readonly index: number; readonly uri: string }[],
  { label, bundle }: ChunkContext,
  { run }: RunInfo,
  signal: AbortSignal,
): Promise<LabelRecord[]> {
  const results = await label(
    images.map(({ uri }) => uri),
    { decode: run.preprocessing.decode },
    signal,
  );
  signal.throwIfAborted();
  return images.map(({ index, uri }, place) => {
    const result = results[place];
    if (result === undefined) throw new Error(`no result for image ${index}`);
    if (result.status === 'outage') throw new OutageError(result.code, result.message);
    return recordOf(result, index, uri, bundle.manifest.classes, run.topK);
  });
}
