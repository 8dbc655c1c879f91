/**
 * A chunk's way through a worker: its images are labelled, its part is created once, its commit is counted once, and
 * whoever comes last closes the run. Every step may have been done before by another delivery of the same chunk.
 */
import type { BundleManifest } from '@labelmill/models/bundle-schema';
import { crashPoint } from '@labelmill/shared/crash-point';
import { closeAgain, tryFinalise } from '@labelmill/shared/ledger/finalise';
import type { Ledger } from '@labelmill/shared/ledger/ledger';
import type { RunInfo } from '@labelmill/shared/ledger/run-info';
import type { Logger } from '@labelmill/shared/logging';
import { createOnce } from '@labelmill/shared/run/create-once';
import { countRecords, decodePart, encodePart, type PartCounts } from '@labelmill/shared/run/part';
import { readIfThere } from '@labelmill/shared/run/run-files';
import { runFolder } from '@labelmill/shared/run/run-folder';
import { type ChunkJob, chunkUris } from '@labelmill/shared/schema/chunk-job';
import type { LabelRecord } from '@labelmill/shared/schema/record';
import type { Stores } from '@labelmill/shared/store/stores';
import type { ImageResult, Wanted } from '../engine/protocol.ts';
import type { ChunkSpan } from '../tracing/chunk-span.ts';
import { isChunkOf } from './chunk-of-run.ts';
import { labelled } from './label-images.ts';
import { retriedPart } from './retried-part.ts';
import { settledRecords, settleRecords } from './settle-records.ts';
import type { StageAccount } from './stage-account.ts';

export interface ChunkImage {
  readonly index: number;
  readonly uri: string;
}

export interface ChunkContext {
  readonly ledger: Ledger;
  /** For run folders. */
  readonly stores: Stores;
  readonly bundle: { readonly name: string; readonly digest: string; readonly manifest: BundleManifest };
  /** Does the engine's graph give features? */
  readonly hasFeatures: boolean;
  readonly label: (
    images: readonly ChunkImage[],
    wanted: Wanted,
    signal: AbortSignal,
  ) => Promise<ImageResult[]>;
  /** Gives the time since the last commit to the run that commits. */
  readonly stages: Pick<StageAccount, 'take'>;
  readonly span: Pick<ChunkSpan, 'event'>;
  readonly log: Logger;
}

export type ChunkOutcome =
  /** Counted (now or earlier), or of no use any more. */
  | { readonly done: true }
  /** Back to the queue without spending an attempt. */
  | { readonly done: false; readonly reason: HandBackReason; readonly message: string };

export type HandBackReason = 'paused' | 'other_digest' | 'no_features';

/** @param redelivered whether an earlier delivery of this job began */
export async function processChunk(
  job: ChunkJob,
  redelivered: boolean,
  context: ChunkContext,
  signal: AbortSignal,
): Promise<ChunkOutcome> {
  const { ledger, stores, bundle, log } = context;
  const info = await ledger.info(job.run);
  if (info === null || info.hold === 'cancelled' || info.hold === 'complete') {
    log.info({ hold: info?.hold ?? 'unknown run' }, 'chunk dropped');
    return { done: true };
  }
  if (info.hold === 'paused') return { done: false, reason: 'paused', message: 'the run is paused' };
  const generation = info.retry?.generation ?? 0;
  if (job.generation !== generation) {
    log.info(
      { job: job.generation, run: generation },
      'chunk dropped: it belongs to another retry of its run',
    );
    return { done: true };
  }
  if (!isChunkOf(job, info.run, await ledger.chunks(job.run))) {
    log.warn({ first: job.first, images: job.rest.length }, 'chunk dropped: its run has no such chunk');
    return { done: true };
  }
  if (info.run.bundle.digest !== bundle.digest) {
    const message = `the run asks for ${info.run.bundle.name} ${info.run.bundle.digest}, this worker holds ${bundle.digest}`;
    return { done: false, reason: 'other_digest', message };
  }
  if (info.run.emit.includes('features') && !context.hasFeatures) {
    const message = `the run asks for features, which the graph of ${bundle.name} in use here does not give`;
    return { done: false, reason: 'no_features', message };
  }
  if (!(await ledger.isDone(job.run, job.seq))) {
    const counts =
      info.retry === null
        ? await partOnce(job, redelivered, context, info, signal)
        : await retriedPart(job, context, info, info.retry, signal);
    context.span.event('part_written');
    await commitPart(info, job.seq, counts, context);
    context.span.event('committed');
    crashPoint('committed');
  }
  await tryFinalise(ledger, stores, job.run);
  return { done: true };
}

async function partOnce(
  job: ChunkJob,
  redelivered: boolean,
  context: ChunkContext,
  info: RunInfo,
  signal: AbortSignal,
): Promise<PartCounts> {
  const part = runFolder.part(info.folder, job.seq, info.run);
  const before = redelivered ? await countsOfPart(context.stores, part) : null;
  if (before !== null) return before;
  const images = chunkUris(job).map((uri, place) => ({ index: job.first + place, uri }));
  const records =
    (await settledRecords(job, info, context.stores)) ??
    (await settleRecords(job, info, await labelled(images, context, info, signal), context.stores));
  return writePart(info, job.seq, records, context.stores);
}

/** Creates the part, or reads the one that another delivery created first: its labels count. */
export async function writePart(
  { run, folder }: RunInfo,
  seq: number,
  records: readonly LabelRecord[],
  stores: Stores,
): Promise<PartCounts> {
  const part = runFolder.part(folder, seq, run);
  const created = await createOnce(stores.for(part), part, await encodePart(records, run), run);
  crashPoint('part-created');
  if (created === 'created') return countRecords(records);
  return (await countsOfPart(stores, part)) ?? countRecords(records);
}

async function countsOfPart(stores: Stores, part: string): Promise<PartCounts | null> {
  const body = await readIfThere(stores.for(part), part);
  return body === null ? null : countRecords(await decodePart(body, part));
}

/** Commits under the ledger's present epoch, which changes when the ledger is rebuilt meanwhile. */
export async function commitPart(
  info: RunInfo,
  seq: number,
  counts: PartCounts,
  context: ChunkContext,
): Promise<void> {
  const stages = context.stages.take();
  let current: RunInfo | null = info;
  while (current !== null) {
    const result = await context.ledger.commit(current, seq, counts, stages);
    if (result === 'committed') return;
    if (result === 'duplicate') {
      if (!info.run.createOnce) await closeAgain(context.ledger, context.stores, info.run.id);
      return;
    }
    if (result === 'unknown') break;
    current = await context.ledger.info(info.run.id);
  }
  // The part is written: `resume` finds and counts it when it rebuilds the ledger.
  context.log.warn('the ledger has lost this run');
}
