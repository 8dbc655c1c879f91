/** One image's bytes become RGB bytes, resized: the network's input, or another part (colour rules, version 1). */
import type { Preprocessing } from '@labelmill/models/bundle-schema';
import { ImageError } from '@labelmill/shared/errors';
import type { DecodeMode } from '@labelmill/shared/schema/run';
import type { Sharp, SharpOptions } from 'sharp';
import { decodeError } from './decode-error.ts';
import { decodedBytes } from './decoded-bytes.ts';
import { type ImageHeader, jpegHeader } from './jpeg-header.ts';
import { jpegPixels } from './jpeg-pixels.ts';
import { sharp } from './libvips.ts';
import { storedSpans, turnUpright, uprightSize } from './orientation.ts';
import { centralCrop, type Framing } from './preprocess.ts';
import type { ImageLimits } from './protocol.ts';
import { planResampling, type SourceRange } from './resample.ts';
import type { Span } from './resample-windows.ts';
import { isSrgbProfile } from './srgb-profile.ts';
import { withinLimit } from './within-limit.ts';

export type DecodeLimits = Pick<ImageLimits, 'maxPixels' | 'maxAspect' | 'decodeTimeoutMs'>;

/** From this ratio on sharp decodes a JPEG at half its size, from 5 on at a quarter, from 9 on at an eighth. */
const dctScalesFrom = 3;

const white = { r: 255, g: 255, b: 255 };

/**
 * Decodes JPEG, PNG, WebP, GIF (first frame) or TIFF (first page) into crop·crop·3 bytes, row by row, RGB.
 * `fast` saves work on JPEGs that shrink to a third or less; every other image is the same in both modes.
 * Throws ImageError: `unsupported_format`, `too_many_pixels`, `bad_aspect`, `decode_timeout` or `undecodable`.
 * @param room asked for the memory that decoding takes, and given it back; the wait for it is not the image's time
 */
export async function decodeImage(
  bytes: Uint8Array,
  preprocessing: Preprocessing,
  limits: DecodeLimits,
  mode: DecodeMode = 'exact',
  room: DecodeRoom = unbounded,
): Promise<Uint8Array> {
  const frame = (width: number, height: number) => centralCrop(width, height, preprocessing);
  const { pixels } = await decodeFramed(bytes, frame, limits, mode, room);
  return pixels;
}

export type DecodeRoom = (bytes: number) => Promise<Disposable>;

const unbounded: DecodeRoom = async () => ({ [Symbol.dispose]() {} });

/** height rows of width × 3 bytes, RGB. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Decodes what `frame` wants of an upright image of the size that it is given. Throws as `decodeImage` and `frame` do. */
export async function decodeFramed(
  bytes: Uint8Array,
  frame: (width: number, height: number) => Framing,
  limits: DecodeLimits,
  mode: DecodeMode,
  room: DecodeRoom = unbounded,
): Promise<RgbImage> {
  try {
    const header =
      jpegHeader(bytes) ?? (await withinLimit(limits, sharp(bytes, inputOptions(limits)).metadata()));
    checkSize(header, limits);
    const { width, height, orientation = 1 } = header;
    const framing = frame(...uprightSize(width, height, orientation));
    const sides = { width: framing.across.length, height: framing.down.length };
    const stored = await storedPixels(header, bytes, storedSpans(framing, orientation), limits, mode, room);
    return { ...sides, pixels: turnUpright(stored, sides, orientation) };
  } catch (error) {
    throw decodeError(error, bytes, limits);
  }
}

async function storedPixels(
  header: ImageHeader,
  bytes: Uint8Array,
  { across, down }: Framing,
  limits: DecodeLimits,
  mode: DecodeMode,
  room: DecodeRoom,
): Promise<Uint8Array> {
  const ratio = Math.min(across.from / across.to, down.from / down.to);
  const shrinks = mode === 'fast' && header.format === 'jpeg' && ratio >= dctScalesFrom;
  const plan = shrinks ? null : planResampling(across, down);
  const pixels = plan === null ? across.to * down.to : across.from * rowsHandedOver(header, plan.rows);
  const held = await room(decodedBytes(header, 3 * pixels));
  const decode = async () => {
    // An image that is given up takes its memory until its thread ends.
    using _ = held;
    if (plan !== null) {
      using all = await jpegPixels(bytes, header);
      if (all !== null) return plan.run(rowsIn(all.pixels, plan.rows, across.from));
    }
    const stored = inSrgb(bytes, header, limits);
    if (plan === null) return await resizedByLibvips(stored, across, down);
    return plan.run(await rowsOf(stored, plan.rows, across.from, down.from));
  };
  return withinLimit(limits, decode());
}

/** libjpeg-turbo hands over all of them. */
function rowsHandedOver({ format, height }: ImageHeader, { first, end }: SourceRange): number {
  return format === 'jpeg' ? height : end - first;
}

function rowsIn(pixels: Uint8Array, { first, end }: SourceRange, width: number): Uint8Array {
  return pixels.subarray(first * width * 3, end * width * 3);
}

function rowsOf(
  stored: Sharp,
  { first, end }: SourceRange,
  width: number,
  height: number,
): Promise<Uint8Array> {
  const needed =
    end - first === height ? stored : stored.extract({ left: 0, top: first, width, height: end - first });
  return needed.raw().toBuffer();
}

/** What shrinks enough is decoded at a part of its size on the way. */
function resizedByLibvips(stored: Sharp, across: Span, down: Span): Promise<Uint8Array> {
  return stored
    .resize(across.to, down.to, { fit: 'fill', kernel: 'linear' })
    .extract({ left: across.start, top: down.start, width: across.length, height: down.length })
    .raw()
    .toBuffer();
}

/** The stored image as 8-bit RGB on white. */
function inSrgb(bytes: Uint8Array, header: ImageHeader, limits: DecodeLimits): Sharp {
  const image = sharp(bytes, { ...inputOptions(limits), ignoreIcc: isSrgbProfile(header.icc) })
    .timeout({ seconds: Math.ceil(limits.decodeTimeoutMs / 1000) })
    .flatten({ background: white })
    .toColourspace('srgb');
  // sharp takes 16-bit images with a profile to Display P3 and leaves them there.
  return header.icc !== undefined && header.depth === 'ushort' ? image.withIccProfile('srgb') : image;
}

function inputOptions(limits: DecodeLimits): SharpOptions {
  return {
    limitInputPixels: limits.maxPixels,
    // Refuses truncated and broken pixel data, but not what libjpeg only warns about, such as junk between markers.
    failOn: 'error',
    sequentialRead: true,
  };
}

/** @throws ImageError `too_many_pixels` · `bad_aspect` */
export function checkSize(
  { width, height }: Pick<ImageHeader, 'width' | 'height'>,
  { maxPixels, maxAspect }: DecodeLimits,
): void {
  if (width * height > maxPixels) throw new ImageError('too_many_pixels', `more than ${maxPixels} pixels`);
  // One side of 1 pixel would be resized into an intermediate image of millions of pixels.
  if (Math.max(width, height) > maxAspect * Math.min(width, height)) {
    throw new ImageError(
      'bad_aspect',
      `${width}×${height}: one side is more than ${maxAspect} times the other`,
    );
  }
}
