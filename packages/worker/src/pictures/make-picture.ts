import type { ObjectStore } from '@labelmill/shared/store/object-store';
import { decodeFramed } from '../engine/decode.ts';
import { fetchImage } from '../engine/fetch-image.ts';
import { sharp } from '../engine/libvips.ts';
import type { Framing } from '../engine/preprocess.ts';
import type { ImageLimits } from '../engine/protocol.ts';

const quality = 82;

/**
 * A JPEG of the whole image, upright, its longer side at most `side` pixels, without metadata; fetched and decoded as
 * the engine does it, by its limits.
 * @returns also the version of what was fetched, as in a record
 * @throws ImageError · OutageError
 */
export async function makePicture(
  store: ObjectStore,
  uri: string,
  side: number,
  limits: ImageLimits,
): Promise<{ jpeg: Uint8Array; version: string | null }> {
  const { body, version } = await fetchImage(store, uri, limits);
  const frame = (width: number, height: number) => fitted(width, height, side);
  const { pixels, width, height } = await decodeFramed(body, frame, limits, 'fast');
  const jpeg = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality, mozjpeg: false })
    .toBuffer();
  return { jpeg, version };
}

function fitted(width: number, height: number, side: number): Framing {
  const scale = Math.min(1, side / Math.max(width, height));
  const axis = (from: number) => {
    const to = Math.max(1, Math.round(from * scale));
    return { from, to, start: 0, length: to };
  };
  return { across: axis(width), down: axis(height) };
}
