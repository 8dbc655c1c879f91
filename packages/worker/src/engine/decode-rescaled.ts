import { ImageError } from '@labelmill/shared/errors';
import { type DecodeLimits, decodeFramed, type RgbImage } from './decode.ts';
import { wholeImage } from './preprocess.ts';

/** Of a rescaled image: the maps of a VGG's first layers take half a kilobyte for each of these pixels. */
const mostPixels = 2 ** 21;

/**
 * Decodes as `decodeImage` does, but the whole image, its shorter side resized to `resize`.
 * Throws ImageError as `decodeImage` does; `too_many_pixels` also for what the rescaled image would have.
 */
export function decodeRescaled(bytes: Uint8Array, resize: number, limits: DecodeLimits): Promise<RgbImage> {
  const frame = (width: number, height: number) => {
    const framing = wholeImage(width, height, resize);
    const { across, down } = framing;
    if (across.to * down.to > mostPixels) {
      const message = `${across.to}×${down.to} when rescaled: more than ${mostPixels} pixels`;
      throw new ImageError('too_many_pixels', message);
    }
    return framing;
  };
  return decodeFramed(bytes, frame, limits, 'exact');
}
