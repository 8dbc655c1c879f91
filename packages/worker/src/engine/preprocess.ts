/** Sizes and offsets of "shorter side to `resize`, central crop", equal to torchvision's with Pillow. */
import type { Preprocessing } from '@labelmill/models/bundle-schema';

export interface Geometry {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
}

/** Where a width×height image goes: its resized sides, and the crop's corner in the resized image. */
export function geometryOf(width: number, height: number, { resize, crop }: Preprocessing): Geometry {
  const portrait = width < height;
  // torchvision: int(size * long / short)
  const long = Math.trunc((resize * Math.max(width, height)) / Math.min(width, height));
  const [resizedWidth, resizedHeight] = portrait ? [resize, long] : [long, resize];
  return {
    width: resizedWidth,
    height: resizedHeight,
    left: roundHalfToEven((resizedWidth - crop) / 2),
    top: roundHalfToEven((resizedHeight - crop) / 2),
  };
}

/** Python's round(): with Math.round the odd differences would shift the crop by one pixel. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
