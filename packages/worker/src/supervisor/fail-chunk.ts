import { tryFinalise } from '@labelmill/shared/ledger/finalise';
import { type ChunkJob, chunkUris } from '@labelmill/shared/schema/chunk-job';
import type { LabelRecord } from '@labelmill/shared/schema/record';
import { type ChunkContext, commitPart, writePart } from './process-chunk.ts';
import { recordsBefore, writeRetriedPart } from './retried-part.ts';
import { settleRecords } from './settle-records.ts';

/** A chunk whose attempts are spent becomes error records, so that its run closes; in a retry its old records stay. */
export async function failChunk(job: ChunkJob, message: string, context: ChunkContext): Promise<void> {
  const info = await context.ledger.info(job.run);
  if (info === null) return;
  const { retry } = info;
  if (job.generation !== (retry?.generation ?? 0)) return;
  const records = chunkUris(job).map((uri, place): LabelRecord => {
    const error = { code: 'chunk_failed' as const, message, retryable: true };
    return { index: job.first + place, uri, status: 'error', error };
  });
  const images = (all: readonly LabelRecord[]) => ({ records: all, features: new Map() });
  const counts =
    retry === null
      ? await writePart(
          info,
          job.seq,
          await settleRecords(job, info, images(records), context.stores),
          context.stores,
        )
      : await writeRetriedPart(job, images(await recordsBefore(job, context, info)), context, info, retry);
  await commitPart(info, job.seq, counts, context);
  await tryFinalise(context.ledger, context.stores, job.run);
}
