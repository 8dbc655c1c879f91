import { expect, it } from 'vitest';
import { chunksInFlight } from './chunks-in-flight.ts';

it.each([
  // 2 batches of 8 and 8 fetches are 24 images: 2 chunks of 16, and one more
  [{ batch: 8, trySizes: [], loaderThreads: 1, fetchConcurrency: 8 }, 16, 3],
  // 2 of the largest batch that will be tried, 64, and 8: 72 images
  [{ batch: 8, trySizes: [8, 32], loaderThreads: 1, fetchConcurrency: 8 }, 16, 6],
  // 8 loaders of 32 fetches are 256 images, and 16: 17 chunks of 16, and one more
  [{ batch: 8, trySizes: [], loaderThreads: 8, fetchConcurrency: 32 }, 16, 18],
  [{ batch: 8, trySizes: [], loaderThreads: 1, fetchConcurrency: 8 }, 256, 2],
  [{ batch: 256, trySizes: [], loaderThreads: 1, fetchConcurrency: 8 }, 1, 64],
])('the engine %j gets enough chunks of %d images: %d', (engine, imagesPerChunk, chunks) => {
  expect(chunksInFlight(engine, imagesPerChunk)).toBe(chunks);
});
