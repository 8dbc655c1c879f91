import type { ListedImage } from '@labelmill/shared/run/segment';
import type { Chunk } from './chunk-queue.ts';

/** The chunks of a segment, which begins at a chunk's first image. */
export function chunksOf(images: readonly ListedImage[], chunkSize: number): Chunk[] {
  return Array.from({ length: Math.ceil(images.length / chunkSize) }, (_, place) => {
    const chunk = images.slice(place * chunkSize, (place + 1) * chunkSize);
    const first = chunk[0]?.index ?? 0;
    return { seq: first / chunkSize, first, uris: chunk.map((image) => image.uri) };
  });
}
