/** What can be decoded of a damaged image becomes a JPEG to look at, such as the upper part of a truncated one. */
import { checkSize, type DecodeLimits } from '../engine/decode.ts';
import { decodeError } from '../engine/decode-error.ts';
import { sharp } from '../engine/libvips.ts';
import { withinLimit } from '../engine/within-limit.ts';

const white = { r: 255, g: 255, b: 255 };
const quality = 82;

/**
 * The engine's limits hold; only broken pixel data is no reason to stop. What is missing is grey, or whatever the decoder
 * makes of it.
 * @param longerSide at most so many pixels; an image is never enlarged
 * @throws ImageError as `decodeImage` does, where not even its header can be read
 */
export async function damagedPicture(
  bytes: Uint8Array,
  longerSide: number,
  limits: DecodeLimits,
): Promise<Uint8Array> {
  const options = { limitInputPixels: limits.maxPixels, failOn: 'none', sequentialRead: true } as const;
  try {
    checkSize(await withinLimit(limits, sharp(bytes, options).metadata()), limits);
    const jpeg = sharp(bytes, options)
      .timeout({ seconds: Math.ceil(limits.decodeTimeoutMs / 1000) })
      .autoOrient()
      .resize({ width: longerSide, height: longerSide, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: white })
      .toColourspace('srgb')
      .jpeg({ quality })
      .toBuffer();
    return await withinLimit(limits, jpeg);
  } catch (error) {
    throw decodeError(error, bytes, limits);
  }
}
