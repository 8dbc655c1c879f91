import { crashPoint } from '@labelmill/shared/crash-point';
import { runFolder } from '@labelmill/shared/run/run-folder';
import { type ListedImage, SegmentDraft, segmentChunks } from '@labelmill/shared/run/segment';
import { chunksOf } from './chunks-of.ts';
import type { Outstanding } from './outstanding.ts';
import { requireOwn, writeOwn } from './own-files.ts';
import type { Producing } from './produce.ts';
import type { Cursor } from './source/source.ts';

/** What the segments of an earlier producer say. */
export interface ListedBefore {
  readonly segments: number;
  readonly cursor: Cursor | null;
}

/** Gives images their index, and writes them into segments whose chunks it then enqueues. */
export class SegmentWriter {
  readonly #producing: Producing;
  readonly #outstanding: Outstanding;
  readonly #draft = new SegmentDraft();
  #chunk: ListedImage[] = [];
  #segments: number;
  #images: number;
  /** Only a listing's end leaves a chunk short: such a segment says that nothing came after it. */
  readonly ended: boolean;
  /** The time outside of `write` is the source's. */
  #askedAt = performance.now();

  constructor(producing: Producing, outstanding: Outstanding, before: ListedBefore) {
    this.#producing = producing;
    this.#outstanding = outstanding;
    this.#segments = before.segments;
    this.#images = before.cursor?.images ?? 0;
    this.ended = this.#images % producing.info.run.chunkSize !== 0;
  }

  /** After `end`: what all segments hold. */
  get written() {
    const chunks = Math.ceil(this.#images / this.#producing.info.run.chunkSize);
    return { segments: this.#segments, chunks, images: this.#images };
  }

  add({ uri, version, bytes }: Omit<ListedImage, 'index'>): void {
    this.#chunk.push({
      index: this.#images++,
      uri,
      ...(version === undefined ? {} : { version }),
      ...(bytes === undefined ? {} : { bytes }),
    });
    if (this.#chunk.length === this.#producing.info.run.chunkSize) this.#endChunk();
  }

  /** Must the segment be written before more images come? */
  get full(): boolean {
    return this.#draft.chunks === segmentChunks(this.#segments, this.#producing.info.run.chunkSize);
  }

  /** The images since the last segment, as a segment's lines. */
  waiting(): Uint8Array {
    const lines = this.#chunk.map((image) => `${JSON.stringify(image)}\n`).join('');
    return Buffer.concat([this.#draft.lines, Buffer.from(lines)]);
  }

  async write(signal: AbortSignal): Promise<void> {
    const { info, ledger } = this.#producing;
    const draft = this.#draft;
    const outstanding = this.#outstanding;
    const stages = { list: (performance.now() - this.#askedAt) / 1000, listWait: outstanding.takeWaited() };
    await writeOwn(this.#producing, runFolder.segment(info.folder, this.#segments), await draft.encode());
    crashPoint('segment-written');
    requireOwn(info, await ledger.extend(info, this.#segments, draft.chunks, draft.images, stages));
    for (const images of draft.read()) {
      for (const each of chunksOf(images, info.run.chunkSize)) await outstanding.add(each, signal);
    }
    await outstanding.flush(signal);
    crashPoint('chunks-added');
    this.#segments++;
    draft.clear();
    this.#askedAt = performance.now();
  }

  /** The listing has ended: what is left is written. */
  async end(signal: AbortSignal): Promise<void> {
    if (this.#chunk.length > 0) this.#endChunk();
    if (this.#draft.chunks > 0) await this.write(signal);
  }

  #endChunk(): void {
    this.#draft.add(this.#chunk);
    this.#chunk = [];
  }
}
