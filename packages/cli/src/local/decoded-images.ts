/** Images as a network's input, fetched and decoded by the worker's own code. Loads native code (sharp). */
import type { Preprocessing } from '@labelmill/models/bundle-schema';
import { ImageError } from '@labelmill/shared/errors';
import type { Stores } from '@labelmill/shared/store/stores';
import { decodeImage } from '@labelmill/worker/engine/decode';
import { fetchImage } from '@labelmill/worker/engine/fetch-image';
import type { ImageLimits } from '@labelmill/worker/engine/protocol';

/** Enough that a network never waits for a decode; they bound the memory that large images take. */
const ahead = 4;

export interface DecodedImages {
  readonly stores: Stores;
  readonly preprocessing: Preprocessing;
  readonly limits: ImageLimits;
  /** Told of every image that cannot be fetched or decoded; it is left out. */
  readonly onSkipped: (uri: string, error: ImageError) => void;
}

/**
 * crop·crop·3 bytes of each image, in the order of the URIs.
 *
 * @throws OutageError where the store cannot be reached; the signal's reason.
 */
export async function* decodedImages(
  uris: readonly string[],
  { stores, preprocessing, limits, onSkipped }: DecodedImages,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  // A promise that nobody awaits yet must not reject, so errors are values here.
  const load = async (
    uri: string,
  ): Promise<{ uri: string; pixels: Uint8Array } | { uri: string; error: unknown }> => {
    try {
      const { body } = await fetchImage(stores.for(uri), uri, limits);
      return { uri, pixels: await decodeImage(body, preprocessing, limits) };
    } catch (error) {
      return { uri, error };
    }
  };
  const loading = uris.slice(0, ahead).map(load);
  for (let next = ahead; loading.length > 0; next++) {
    const loaded = await loading.shift();
    signal.throwIfAborted();
    const uri = uris[next];
    if (uri !== undefined) loading.push(load(uri));
    if (loaded === undefined) return;
    if ('pixels' in loaded) yield loaded.pixels;
    else if (loaded.error instanceof ImageError) onSkipped(loaded.uri, loaded.error);
    else throw loaded.error;
  }
}
