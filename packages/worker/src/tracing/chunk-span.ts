/** What a trace tells of one chunk's way through a worker: one span, with an event for each step that is behind it. */
import type { ChunkEnd } from '../supervisor/work-tally.ts';

/** `labelled`: every image has its result · `part_written`: by this delivery or an earlier one · `committed`: counted, once */
export type ChunkEvent = 'labelled' | 'part_written' | 'committed';

export interface ChunkSpan {
  event(name: ChunkEvent): void;
  /** @param message why, where it did not end well */
  end(end: ChunkEnd, message: string | null): void;
}

export interface TracedChunk {
  readonly run: string;
  readonly seq: number;
  readonly generation: number;
  readonly images: number;
}

export type StartChunkSpan = (chunk: TracedChunk) => ChunkSpan;

/** Where no traces are wanted. */
export const noSpans: StartChunkSpan = () => ({ event: () => {}, end: () => {} });
