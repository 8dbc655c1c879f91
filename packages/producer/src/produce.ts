/**
 * The producer: source → manifest segments → chunks on the queue.
 *
 * A segment is written before its chunks are enqueued, and chunks are enqueued only from segments, so the last segment
 * is the durable cursor: a producer that dies at any point is followed by one that reads how far it came.
 */

import { crashPoint } from '@labelmill/shared/crash-point';
import { OutageError } from '@labelmill/shared/errors';
import { tryFinalise } from '@labelmill/shared/ledger/finalise';
import type { Ledger, RunInfo } from '@labelmill/shared/ledger/ledger';
import { createOnce } from '@labelmill/shared/run/create-once';
import {
  encodeJson,
  readIfThere,
  readListed,
  readSegment,
  readSegments,
} from '@labelmill/shared/run/run-files';
import { runFolder } from '@labelmill/shared/run/run-folder';
import { type ListedImage, SegmentDraft, segmentChunks } from '@labelmill/shared/run/segment';
import type { Stores } from '@labelmill/shared/store/stores';
import type { Redis } from 'ioredis';
import type { ChunkQueue } from './chunk-queue.ts';
import { chunksOf } from './chunks-of.ts';
import { Outstanding } from './outstanding.ts';
import type { Cursor, Source, SourceImage } from './source/source.ts';
import { lostRun, supersededRun } from './stopped-run.ts';

export interface Producing {
  readonly info: RunInfo;
  readonly source: Source;
  readonly ledger: Ledger;
  readonly stores: Stores;
  readonly queue: ChunkQueue;
  readonly mostOutstandingChunks: number;
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
  if ((await readListed(store, info.folder)) === null)
    await listTheRest(producing, outstanding, before, signal);
  requireOwn(info, await ledger.closeListing(info));
  crashPoint('listing-closed');
  await tryFinalise(ledger, stores, info.run.id);
}

interface ListedBefore {
  readonly segments: number;
  readonly cursor: Cursor | null;
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
  const { info, source, ledger } = producing;
  const { chunkSize } = info.run;
  let { segments } = before;
  let listed = before.cursor?.images ?? 0;
  const segment = new SegmentDraft();
  let chunk: ListedImage[] = [];
  // Only a listing's end leaves a chunk short: such a segment says that nothing came after it.
  const ended = listed % chunkSize !== 0;
  const found: AsyncIterable<SourceImage> | Iterable<SourceImage> = ended
    ? []
    : source.images(before.cursor, signal);

  const endChunk = () => {
    segment.add(chunk);
    chunk = [];
  };
  /** The time outside of writeSegment is the source's. */
  let askedAt = performance.now();
  const writeSegment = async () => {
    const stages = { list: (performance.now() - askedAt) / 1000, listWait: outstanding.takeWaited() };
    await writeOwn(producing, runFolder.segment(info.folder, segments), await segment.encode());
    crashPoint('segment-written');
    requireOwn(info, await ledger.extend(info, segments, segment.chunks, segment.images, stages));
    for (const images of segment.read()) {
      for (const each of chunksOf(images, chunkSize)) await outstanding.add(each, signal);
    }
    await outstanding.flush(signal);
    crashPoint('chunks-added');
    segments++;
    segment.clear();
    askedAt = performance.now();
  };

  for await (const { uri, version, bytes } of found) {
    chunk.push({
      index: listed++,
      uri,
      ...(version === undefined ? {} : { version }),
      ...(bytes === undefined ? {} : { bytes }),
    });
    if (chunk.length === chunkSize) endChunk();
    if (segment.chunks === segmentChunks(segments, chunkSize)) await writeSegment();
  }
  if (chunk.length > 0) endChunk();
  if (segment.chunks > 0) await writeSegment();
  const { skipped, duplicates = 0 } = source;
  const end = { segments, chunks: Math.ceil(listed / chunkSize), images: listed, skipped, duplicates };
  await writeOwn(producing, runFolder.listed(info.folder), encodeJson(end));
  crashPoint('listed-written');
}

/**
 * Creates a file of the listing. One that is there and holds the same is ours: its answer was lost on the way. Otherwise
 * another producer is at work, and the manifest has the images in its order.
 * @throws LabelmillError `superseded` where the run is the other's · OutageError `listed_elsewhere` where it is ours: what
 * the other still wrote counts, and is read by the next `produce`
 */
async function writeOwn({ info, ledger, stores }: Producing, uri: string, body: Uint8Array): Promise<void> {
  const store = stores.for(info.folder);
  if ((await createOnce(store, uri, body, info.run)) === 'created') return;
  const there = await readIfThere(store, uri);
  if (there !== null && Buffer.compare(there, body) === 0) return;
  if ((await ledger.info(info.run.id))?.epoch !== info.epoch) throw supersededRun(info);
  throw new OutageError('listed_elsewhere', `another producer has just written ${uri}: its listing counts`);
}

/** @throws LabelmillError `superseded` · `ledger_lost` */
function requireOwn(info: RunInfo, result: string): void {
  if (result === 'stale') throw supersededRun(info);
  if (result === 'unknown') throw lostRun(info);
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
