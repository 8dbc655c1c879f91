/** One image's bytes become the crop×crop×3 RGB bytes of the network's input (colour rules, version 1). */
import type { Preprocessing } from '@labelmill/models/bundle-schema';
import { ImageError } from '@labelmill/shared/errors';
import type { DecodeMode } from '@labelmill/shared/schema/run';
import type { Metadata, Sharp, SharpOptions } from 'sharp';
import { decodeError } from './decode-error.ts';
import { sharp } from './libvips.ts';
import { orient, swapsSides } from './orientation.ts';
import { type Axis, geometryOf } from './preprocess.ts';
import type { ImageLimits } from './protocol.ts';
import { resample, type SourceRange, sourceRange } from './resample.ts';
import { isSrgbProfile } from './srgb-profile.ts';

export type DecodeLimits = Pick<ImageLimits, 'maxPixels' | 'maxAspect' | 'decodeTimeoutMs'>;

/**
 * From this ratio on libvips averages blocks of pixels before it filters, and its result is no longer Pillow's. Below
 * it the two agree within 2 levels, and libvips is several times faster than `resample`.
 */
const libvipsBlocksFrom = 4;

/** From this ratio on sharp decodes a JPEG at half its size, from 5 on at a quarter, from 9 on at an eighth. */
const dctScalesFrom = 3;

const white = { r: 255, g: 255, b: 255 };

/**
 * Decodes JPEG, PNG, WebP, GIF (first frame) or TIFF (first page) into crop·crop·3 bytes, row by row, RGB.
 * `fast` saves work on JPEGs that shrink to a third or less; every other image is the same in both modes.
 * Throws ImageError: `unsupported_format`, `too_many_pixels`, `bad_aspect`, `decode_timeout` or `undecodable`.
 */
export async function decodeImage(
  bytes: Uint8Array,
  preprocessing: Preprocessing,
  limits: DecodeLimits,
  mode: DecodeMode = 'exact',
): Promise<Uint8Array> {
  return within(limits.decodeTimeoutMs, async () => {
    try {
      const header = await sharp(bytes, inputOptions(limits)).metadata();
      checkAspect(header, limits.maxAspect);
      return await decodeAs(header, bytes, preprocessing, limits, mode);
    } catch (error) {
      throw decodeError(error, limits);
    }
  });
}

async function decodeAs(
  header: Metadata,
  bytes: Uint8Array,
  preprocessing: Preprocessing,
  limits: DecodeLimits,
  mode: DecodeMode,
): Promise<Uint8Array> {
  const { width, height, orientation = 1 } = header;
  const { crop } = preprocessing;
  const turned = swapsSides(orientation);
  const upright = geometryOf(turned ? height : width, turned ? width : height, preprocessing);
  // Resizing comes before turning: the axes as they are stored.
  const across = turned ? upright.down : upright.across;
  const down = turned ? upright.across : upright.down;
  const turnAndCrop = (resized: Sharp) =>
    orient(resized, orientation)
      .extract({ left: upright.across.start, top: upright.down.start, width: crop, height: crop })
      .toColourspace('srgb')
      .raw()
      .toBuffer();

  const byLibvips = (stored: Sharp) =>
    turnAndCrop(stored.resize(across.to, down.to, { fit: 'fill', kernel: 'linear' }));
  const ratios = [across.from / across.to, down.from / down.to];
  if (mode === 'fast' && header.format === 'jpeg' && Math.min(...ratios) >= dctScalesFrom) {
    return byLibvips(inSrgb(bytes, header, limits));
  }
  if (Math.max(...ratios) < libvipsBlocksFrom) {
    // Even where it takes everything this keeps sharp from decoding JPEGs at half size or less, as Pillow does not.
    return byLibvips(rowsOf(inSrgb(bytes, header, limits), header, { first: 0, end: height }));
  }
  const whole = (axis: Axis) => ({ ...axis, start: 0, length: axis.to });
  const cropped = (axis: Axis) => ({ ...axis, length: crop });
  const span = orientation === 1 ? cropped : whole;
  const rows = sourceRange(span(down));
  const stored = await rowsOf(inSrgb(bytes, header, limits), header, rows)
    .toColourspace('srgb')
    .raw()
    .toBuffer();
  const resized = resample(stored, span(across), span(down));
  if (orientation === 1) return resized;
  return turnAndCrop(sharp(resized, { raw: { width: across.to, height: down.to, channels: 3 } }));
}

function rowsOf(stored: Sharp, { width }: Metadata, { first, end }: SourceRange): Sharp {
  return stored.extract({ left: 0, top: first, width, height: end - first });
}

/** The stored image as RGB on white. */
function inSrgb(bytes: Uint8Array, header: Metadata, limits: DecodeLimits): Sharp {
  const image = sharp(bytes, { ...inputOptions(limits), ignoreIcc: isSrgbProfile(header.icc) })
    .timeout({ seconds: Math.ceil(limits.decodeTimeoutMs / 1000) })
    .flatten({ background: white });
  // sharp takes 16-bit images with a profile to Display P3 and leaves them there.
  return header.hasProfile && header.depth === 'ushort' ? image.withIccProfile('srgb') : image;
}

function inputOptions(limits: DecodeLimits): SharpOptions {
  return {
    limitInputPixels: limits.maxPixels,
    // Refuses truncated and broken pixel data, but not what libjpeg only warns about, such as junk between markers.
    failOn: 'error',
    sequentialRead: true,
  };
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
