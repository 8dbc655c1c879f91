/**
 * Manifest segments: the durable listing of a run. Segment n holds min(2ⁿ, 16,384 images' worth) whole chunks, so the
 * first label comes at once and a large run has few files; only the listing's end may cut one short.
 */
import { z } from 'zod';
import { LabelmillError } from '../errors.ts';
import { gunzippedLines, gzippedLines } from './gzipped-lines.ts';

/** Small beside a producer's memory, as text and compressed; and a billion images are 61,000 files. */
export const maxSegmentImages = 16_384;

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
  /** In the segments; carried images are not. */
  images: z.int().nonnegative(),
  /** Images whose record another run holds. */
  carried: z.int().nonnegative().default(0),
  /** Images of the run it was compared with that are not listed any more. */
  removed: z.int().nonnegative().default(0),
  /** Objects below the folder or prefix that the include and exclude patterns left out. */
  skipped: z.int().nonnegative(),
  /** URIs that came again and were left out, where that was asked. */
  duplicates: z.int().nonnegative().default(0),
});
export type Listed = z.infer<typeof listedSchema>;

/** Chunks in a full segment. */
export function segmentChunks(segment: number, chunkSize: number): number {
  const most = Math.max(1, Math.floor(maxSegmentImages / chunkSize));
  return segment >= 30 ? most : Math.min(2 ** segment, most);
}

/**
 * A segment that is being filled, one after another in the same memory. Images are kept as text alone: as objects they
 * are several times larger, and grow old enough that V8 lets a hundred megabytes of them pile up.
 */
export class SegmentDraft {
  #text = Buffer.allocUnsafeSlow(2 ** 16);
  /** Where in the text each chunk ends. */
  #ends: number[] = [];
  #images = 0;

  get chunks(): number {
    return this.#ends.length;
  }

  get images(): number {
    return this.#images;
  }

  /** Adds a chunk. */
  add(images: readonly ListedImage[]): void {
    const lines = images.map((image) => `${JSON.stringify(image)}\n`).join('');
    const start = this.#ends.at(-1) ?? 0;
    const needed = start + Buffer.byteLength(lines);
    if (needed > this.#text.length) {
      const larger = Buffer.allocUnsafeSlow(2 * needed);
      this.#text.copy(larger, 0, 0, start);
      this.#text = larger;
    }
    this.#text.write(lines, start);
    this.#ends.push(needed);
    this.#images += images.length;
  }

  /** The lines added so far; good until something is added or cleared. */
  get lines(): Uint8Array {
    return this.#text.subarray(0, this.#ends.at(-1) ?? 0);
  }

  /** The file's bytes. */
  encode(): Promise<Uint8Array> {
    return gzippedLines(this.lines);
  }

  /** The chunks as they were added. */
  *read(): Generator<ListedImage[]> {
    let start = 0;
    for (const end of this.#ends) {
      const lines = this.#text.toString('utf8', start, end - 1).split('\n');
      yield lines.map((line) => JSON.parse(line) as ListedImage);
      start = end;
    }
  }

  clear(): void {
    this.#ends = [];
    this.#images = 0;
  }
}

/** @throws LabelmillError `broken_manifest` with the segment's name */
export async function decodeSegment(body: Uint8Array, name: string): Promise<ListedImage[]> {
  return [...(await segmentImages(body, name))];
}

/** The images one by one, so that not all of them need be held. @throws as `decodeSegment` does, at any image */
export async function segmentImages(body: Uint8Array, name: string): Promise<Generator<ListedImage>> {
  try {
    return imagesOf(await gunzippedLines(body), name);
  } catch (cause) {
    throw brokenSegment(name, cause);
  }
}

function* imagesOf(lines: Generator<string>, name: string): Generator<ListedImage> {
  for (const line of lines) {
    let image: unknown;
    try {
      image = JSON.parse(line);
      if (!isListedImage(image)) listedImageSchema.parse(image);
    } catch (cause) {
      throw brokenSegment(name, cause);
    }
    yield image as ListedImage;
  }
}

/** As the schema, which takes longer than all else that is done with an image of a manifest. */
export function isListedImage(image: unknown): image is ListedImage {
  if (typeof image !== 'object' || image === null) return false;
  const { index, uri, version, bytes } = image as Record<string, unknown>;
  return (
    isCount(index) &&
    typeof uri === 'string' &&
    (version === undefined || typeof version === 'string') &&
    (bytes === undefined || isCount(bytes))
  );
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function brokenSegment(name: string, cause: unknown): LabelmillError {
  return new LabelmillError('broken_manifest', `${name} cannot be read as a manifest segment`, { cause });
}
