import { ImageError } from '@labelmill/shared/errors';
import type { Stores } from '@labelmill/shared/store/stores';
import type { SourceImage } from '../source/source.ts';

/** Asked for at once: enough to hide an S3 round trip. */
const headsAtOnce = 64;

/**
 * The same images in the same order, with versions: a source that names none (a manifest) has them asked for, one HEAD
 * each. An image that is not there, or that may not be read, stays without.
 * @throws OutageError
 */
export async function* versioned(
  images: AsyncIterable<SourceImage>,
  stores: Stores,
  signal: AbortSignal,
): AsyncGenerator<SourceImage> {
  const ahead: Promise<SourceImage>[] = [];
  for await (const image of images) {
    const asked = image.version === undefined ? withVersion(image, stores, signal) : Promise.resolve(image);
    // It is awaited below; until then its failure is nobody's.
    asked.catch(() => {});
    ahead.push(asked);
    if (ahead.length === headsAtOnce) yield (await ahead.shift())!;
  }
  for (const image of ahead) yield await image;
}

async function withVersion(image: SourceImage, stores: Stores, signal: AbortSignal): Promise<SourceImage> {
  try {
    const found = await stores.for(image.uri).head(image.uri, { signal });
    return found === null ? image : { uri: image.uri, version: found.version, bytes: found.bytes };
  } catch (error) {
    if (error instanceof ImageError) return image;
    throw error;
  }
}
