/**
 * The producer: source → manifest segments → chunks on the queue.
 *
 * A segment is written before its chunks are enqueued, and chunks are enqueued only from segments, so the last segment
 * is the durable cursor: a producer that dies at any point is followed by one that reads how far it came.
 */

import { crashPoint } from '@labelmill/shared/crash-point';
import type { OutageError } from '@labelmill/shared/errors';
import { tryFinalise } from '@labelmill/shared/ledger/finalise';
import type { Ledger } from '@labelmill/shared/ledger/ledger';
import type { RunInfo } from '@labelmill/shared/ledger/run-info';
import { encodeJson, readListed, readSegment, readSegments } from '@labelmill/shared/run/run-files';
import { runFolder } from '@labelmill/shared/run/run-folder';
import type { Stores } from '@labelmill/shared/store/stores';
import type { Redis } from 'ioredis';
import { listChanged } from './changed/list-changed.ts';
import type { ChunkQueue } from './chunk-queue.ts';
import { chunksOf } from './chunks-of.ts';
import { Outstanding } from './outstanding.ts';
import { requireOwn, writeOwn } from './own-files.ts';
import { type ListedBefore, SegmentWriter } from './segment-writer.ts';
import type { Cursor, Source } from './source/source.ts';

export interface Producing {
  readonly info: RunInfo;
  readonly source: Source;
  readonly ledger: Ledger;
  readonly stores: Stores;
  readonly queue: ChunkQueue;
  readonly mostOutstandingChunks: number;
  /** For the files of an external sort. */
  readonly scratch: string;
  /** Redis itself: how much room it has. */
  readonly redis: Redis;
  /** Called whenever an outage keeps the run waiting. */
  readonly onOutage: (error: OutageError) => void;
}

/**
 * Lists the source to its end, from where the run's folder says an earlier producer came, and enqueues all of it. When
 * it fails half-way, it can be called again.
 * @throws LabelmillError `superseded` · `ledger_lost` · `cancelled` · `error_rate`; what the source throws
 */
export async function produce(producing: Producing, signal: AbortSignal): Promise<void> {
  const { info, ledger, stores } = producing;
  const store = stores.for(info.folder);
  const outstanding = await Outstanding.open(producing);
  const before = await enqueueWhatIsListed(producing, outstanding, signal);
  const list = info.run.against === undefined ? listTheRest : listChanged;
  if ((await readListed(store, info.folder)) === null) await list(producing, outstanding, before, signal);
  const carried = (await readListed(store, info.folder))?.carried;
  requireOwn(info, await ledger.closeListing(info, carried));
  crashPoint('listing-closed');
  await tryFinalise(ledger, stores, info.run.id);
}

/** Enqueues the chunks of segments that an earlier producer wrote and that are not counted yet. */
async function enqueueWhatIsListed(
  producing: Producing,
  outstanding: Outstanding,
  signal: AbortSignal,
): Promise<ListedBefore> {
  const { info, ledger, stores } = producing;
  let segments = 0;
  let cursor: Cursor | null = null;
  for await (const images of readSegments(stores.for(info.folder), info.folder)) {
    const chunks = chunksOf(images, info.run.chunkSize);
    // A segment may have been written by a producer that died before it told the ledger.
    requireOwn(info, await ledger.extend(info, segments, chunks.length, images.length));
    const first = chunks[0]?.seq ?? 0;
    const open = new Set(await ledger.openChunks(info.run.id, first + chunks.length, first));
    for (const chunk of chunks) {
      if (open.has(chunk.seq)) await outstanding.add(chunk, signal);
    }
    segments++;
    cursor = { images: (images.at(-1)?.index ?? -1) + 1, lastUri: images.at(-1)?.uri ?? '' };
  }
  await outstanding.flush(signal);
  return { segments, cursor };
}

async function listTheRest(
  producing: Producing,
  outstanding: Outstanding,
  before: ListedBefore,
  signal: AbortSignal,
): Promise<void> {
  const { source } = producing;
  const segments = new SegmentWriter(producing, outstanding, before);
  for await (const image of segments.ended ? [] : source.images(before.cursor, signal)) {
    segments.add(image);
    if (segments.full) await segments.write(signal);
  }
  await segments.end(signal);
  const { skipped, duplicates = 0 } = source;
  const end = { ...segments.written, skipped, duplicates };
  await writeOwn(producing, runFolder.listed(producing.info.folder), encodeJson(end));
  crashPoint('listed-written');
}

/**
 * Enqueues again every chunk that is neither counted nor queued nor in work: a commit that was counted by a ledger that
 * is gone, or a job that failed for good.
 * @returns how many chunks are not counted yet
 */
export async function sweep(producing: Producing): Promise<number> {
  const { info, ledger, stores, queue } = producing;
  const account = await ledger.account(info.run.id);
  if (account === null) return 0;
  const open = await ledger.openChunks(info.run.id, account.chunks);
  let segment = -1;
  let chunks = new Map<number, ReturnType<typeof chunksOf>[number]>();
  for (const seq of open) {
    while (!chunks.has(seq)) {
      const images = await readSegment(stores.for(info.folder), info.folder, ++segment);
      if (images === null) return open.length;
      chunks = new Map(chunksOf(images, info.run.chunkSize).map((chunk) => [chunk.seq, chunk]));
    }
    const chunk = chunks.get(seq);
    if (chunk !== undefined) await queue.revive(info, chunk);
  }
  return open.length;
}
