import type { SuspectNotes } from '@labelmill/shared/ledger/suspect-notes';
import type { ImageResult, Wanted } from '../engine/protocol.ts';
import { crashedDecoder } from './crashed-decoder.ts';
import type { ImageLabeller } from './image-labeller.ts';
import type { ChunkImage } from './process-chunk.ts';

/** An image that went in alone so often without an end is what ends workers. */
const mostBegun = 2;

const endedWorkers = 'the worker ended twice while this image was alone in its engine';

/**
 * Labels the images of a chunk that keeps stalling: whatever ends its workers (the kernel, for want of memory, takes
 * supervisor and engine alike) leaves no other trace. Each image is noted in Redis, then goes through the engine with
 * nothing beside it; one that was noted twice and did not end is `crashed_decoder`, and never goes in again.
 */
export function labelSuspects(
  run: string,
  images: readonly ChunkImage[],
  wanted: Wanted,
  { engine, notes }: { readonly engine: Pick<ImageLabeller, 'alone'>; readonly notes: SuspectNotes },
  signal: AbortSignal,
): Promise<ImageResult[]> {
  return engine.alone(
    wanted,
    async (label) => {
      const results: ImageResult[] = [];
      for (const { index, uri } of images) {
        if ((await notes.begin(run, index)) >= mostBegun) {
          results.push(crashedDecoder(index, endedWorkers));
          continue;
        }
        try {
          results.push(await label(uri));
        } finally {
          // Not reached when the worker ends: that is what the note is for.
          await notes.end(run, index);
        }
      }
      return results;
    },
    signal,
  );
}
