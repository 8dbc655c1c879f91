/** One image's bytes become a small square WebP, by the engine's own way of decoding and within its limits. */
import { ImageError } from '@labelmill/shared/errors';
import { type DecodeLimits, decodeFramed } from '../engine/decode.ts';
import { sharp } from '../engine/libvips.ts';
import { centralCrop } from '../engine/preprocess.ts';

export interface ThumbnailSize {
  /** Pixels of each side. */
  readonly side: number;
  /** A thumbnail of more is made again at a lower quality, then refused. */
  readonly maxBytes: number;
}

/** The first serves photos; noise needs the others. */
const qualities = [60, 30, 5];

/**
 * The central square, as the network sees it.
 * Throws ImageError as `decodeImage` does; `too_large` where no quality fits `maxBytes`.
 */
export async function makeThumbnail(
  bytes: Uint8Array,
  { side, maxBytes }: ThumbnailSize,
  limits: DecodeLimits,
): Promise<Uint8Array> {
  const square = (width: number, height: number) => centralCrop(width, height, { resize: side, crop: side });
  const { pixels } = await decodeFramed(bytes, square, limits, 'fast');
  const image = sharp(pixels, { raw: { width: side, height: side, channels: 3 } });
  for (const quality of qualities) {
    const webp = await image.clone().webp({ quality }).toBuffer();
    if (webp.length <= maxBytes) return webp;
  }
  throw new ImageError('too_large', `its thumbnail has more than ${maxBytes} bytes`);
}
