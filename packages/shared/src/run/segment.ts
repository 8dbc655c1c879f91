/**
 * Manifest segments: the durable listing of a run. Segment n holds min(2ⁿ, 100 k images' worth) whole chunks, so the
 * first label comes at once and a large run has few files; only the listing's end may cut one short. So the place of
 * every chunk follows from its number alone.
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import { LabelmillError } from '../errors.ts';

const maxSegmentImages = 100_000;

export const listedImageSchema = z.object({
  index: z.int().nonnegative(),
  uri: z.string(),
  /** As the listing gave it; absent where the source names none. */
  version: z.string().optional(),
  bytes: z.int().nonnegative().optional(),
});
export type ListedImage = z.infer<typeof listedImageSchema>;

export const listedSchema = z.object({
  segments: z.int().nonnegative(),
  chunks: z.int().nonnegative(),
  images: z.int().nonnegative(),
  /** Objects below the folder or prefix that the include and exclude patterns left out. */
  skipped: z.int().nonnegative(),
});
export type Listed = z.infer<typeof listedSchema>;

/** Chunks in a full segment. */
export function segmentChunks(segment: number, chunkSize: number): number {
  const most = Math.max(1, Math.floor(maxSegmentImages / chunkSize));
  return segment >= 30 ? most : Math.min(2 ** segment, most);
}

/** Number of the first chunk of a segment. */
export function segmentFirstChunk(segment: number, chunkSize: number): number {
  let first = 0;
  for (let n = 0; n < segment; n++) first += segmentChunks(n, chunkSize);
  return first;
}

export async function encodeSegment(images: readonly ListedImage[]): Promise<Uint8Array> {
  const lines = images.map((image) => `${JSON.stringify(image)}\n`).join('');
  // Level 1: the listing must not wait for the compressor, and URIs shrink about as well.
  return promisify(gzip)(lines, { level: 1 });
}

/** @throws LabelmillError `broken_manifest` with the segment's name */
export async function decodeSegment(body: Uint8Array, name: string): Promise<ListedImage[]> {
  try {
    const text = (await promisify(gunzip)(body)).toString('utf8');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => listedImageSchema.parse(JSON.parse(line)));
  } catch (cause) {
    throw new LabelmillError('broken_manifest', `${name} cannot be read as a manifest segment`, { cause });
  }
}
