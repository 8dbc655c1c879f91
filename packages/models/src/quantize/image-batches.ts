/** Images as batches of a graph's input. */
import { UsageError } from '@labelmill/shared/errors';

/** Whole images side by side: [count, crop, crop, 3], uint8. */
export interface ImageBatch {
  readonly count: number;
  readonly pixels: Uint8Array;
}

/**
 * The last batch may be smaller. The batches are separate buffers.
 *
 * @param crop side of an image in pixels.
 * @throws UsageError `image_size` for an image that is not crop·crop·3 bytes; the signal's reason when aborted.
 */
export async function* imageBatches(
  images: AsyncIterable<Uint8Array>,
  crop: number,
  size: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<ImageBatch> {
  const bytes = crop * crop * 3;
  let pixels = new Uint8Array(size * bytes);
  let count = 0;
  for await (const image of images) {
    signal?.throwIfAborted();
    if (image.length !== bytes) {
      throw new UsageError(
        'image_size',
        `an image has ${image.length} bytes; ${crop}×${crop}×3 are ${bytes}`,
      );
    }
    pixels.set(image, count * bytes);
    count++;
    if (count < size) continue;
    yield { count, pixels };
    pixels = new Uint8Array(size * bytes);
    count = 0;
  }
  if (count > 0) yield { count, pixels: pixels.subarray(0, count * bytes) };
}
