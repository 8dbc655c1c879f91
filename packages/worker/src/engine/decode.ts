/** One image's bytes become the crop×crop×3 RGB bytes of the network's input (colour rules, version 1). */
import type { Preprocessing } from '@labelmill/models/bundle-schema';
import { ImageError } from '@labelmill/shared/errors';
import type { Metadata, Sharp, SharpOptions } from 'sharp';
import { decodeError } from './decode-error.ts';
import { sharp } from './libvips.ts';
import { orient, swapsSides } from './orientation.ts';
import { geometryOf } from './preprocess.ts';
import type { ImageLimits } from './protocol.ts';

export type DecodeLimits = Pick<ImageLimits, 'maxPixels' | 'maxAspect' | 'decodeTimeoutMs'>;

const white = { r: 255, g: 255, b: 255 };

/**
 * Decodes JPEG, PNG, WebP, GIF (first frame) or TIFF (first page) into crop·crop·3 bytes, row by row, RGB.
 * Throws ImageError: `unsupported_format`, `too_many_pixels`, `bad_aspect`, `decode_timeout` or `undecodable`.
 */
export async function decodeImage(
  bytes: Uint8Array,
  preprocessing: Preprocessing,
  limits: DecodeLimits,
): Promise<Uint8Array> {
  return within(limits.decodeTimeoutMs, async () => {
    try {
      const header = await sharp(bytes, inputOptions(limits)).metadata();
      checkAspect(header, limits.maxAspect);
      return await pipeline(bytes, header, preprocessing, limits).toBuffer();
    } catch (error) {
      throw decodeError(error, limits);
    }
  });
}

function inputOptions(limits: DecodeLimits): SharpOptions {
  return {
    limitInputPixels: limits.maxPixels,
    // Refuses truncated and broken pixel data, but not what libjpeg only warns about, such as junk between markers.
    failOn: 'error',
    sequentialRead: true,
  };
}

function pipeline(
  bytes: Uint8Array,
  header: Metadata,
  preprocessing: Preprocessing,
  limits: DecodeLimits,
): Sharp {
  const { width, height, orientation = 1 } = header;
  const turned = swapsSides(orientation);
  const target = geometryOf(turned ? height : width, turned ? width : height, preprocessing);
  const image = sharp(bytes, inputOptions(limits))
    .timeout({ seconds: Math.ceil(limits.decodeTimeoutMs / 1000) })
    // The whole image: keeps sharp from decoding JPEGs at half size or less first, which Pillow does not do.
    .extract({ left: 0, top: 0, width, height })
    .flatten({ background: white })
    .resize(turned ? target.height : target.width, turned ? target.width : target.height, {
      fit: 'fill',
      kernel: 'linear',
    });
  return orient(image, orientation)
    .extract({ left: target.left, top: target.top, width: preprocessing.crop, height: preprocessing.crop })
    .toColourspace('srgb')
    .raw();
}

function checkAspect({ width, height }: Metadata, maxAspect: number): void {
  // One side of 1 pixel would be resized into an intermediate image of millions of pixels.
  if (Math.max(width, height) > maxAspect * Math.min(width, height)) {
    throw new ImageError(
      'bad_aspect',
      `${width}×${height}: one side is more than ${maxAspect} times the other`,
    );
  }
}

/** Native code cannot be interrupted everywhere: after the limit the image is given up even if its thread goes on. */
async function within<T>(limitMs: number, work: () => Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    reject,
    limitMs,
    new ImageError('decode_timeout', `decoding took longer than ${limitMs} ms`),
  );
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
