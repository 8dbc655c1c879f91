import { largestBatch } from '../engine/engine-size.ts';
import type { EngineConfig } from '../engine/protocol.ts';

export type EngineSize = Pick<EngineConfig, 'batch' | 'trySizes' | 'loaderThreads' | 'fetchConcurrency'>;

/** How many chunks a supervisor holds: what covers two batches and every fetch, and one to go on with; 2 to 64. */
export function chunksInFlight(engine: EngineSize, imagesPerChunk: number): number {
  const images = 2 * largestBatch(engine) + engine.loaderThreads * engine.fetchConcurrency;
  return Math.min(64, Math.max(2, Math.ceil(images / imagesPerChunk) + 1));
}
