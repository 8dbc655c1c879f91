/** One image's bytes become a JPEG to look at, by the engine's own way of decoding and within its limits. */
import { type DecodeLimits, decodeFramed } from '../engine/decode.ts';
import { sharp } from '../engine/libvips.ts';
import type { Framing } from '../engine/preprocess.ts';

const quality = 82;

/**
 * The whole image, upright, its longer side at most `longerSide` pixels, without metadata.
 * Throws ImageError as `decodeImage` does.
 */
export async function wholePicture(
  bytes: Uint8Array,
  longerSide: number,
  limits: DecodeLimits,
): Promise<Uint8Array> {
  const frame = (width: number, height: number) => fitted(width, height, longerSide);
  const { pixels, width, height } = await decodeFramed(bytes, frame, limits, 'fast');
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality, mozjpeg: false })
    .toBuffer();
}

function fitted(width: number, height: number, side: number): Framing {
  const scale = Math.min(1, side / Math.max(width, height));
  const axis = (from: number) => {
    const to = Math.max(1, Math.round(from * scale));
    return { from, to, start: 0, length: to };
  };
  return { across: axis(width), down: axis(height) };
}
