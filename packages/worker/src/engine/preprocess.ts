/** Sizes and offsets of "shorter side to `resize`, central crop", equal to torchvision's with Pillow. */
import type { Preprocessing } from '@labelmill/models/bundle-schema';

/** What happens to one axis of an upright image. */
export interface Axis {
  /** Pixels before. */
  readonly from: number;
  /** Pixels after the resize. */
  readonly to: number;
  /** First resized pixel of the crop. */
  readonly start: number;
}

/** Both axes of a width×height image. */
export function geometryOf(
  width: number,
  height: number,
  { resize, crop }: Preprocessing,
): { across: Axis; down: Axis } {
  const short = Math.min(width, height);
  const axis = (from: number): Axis => {
    // torchvision: int(size * long / short)
    const to = from === short ? resize : Math.trunc((resize * from) / short);
    return { from, to, start: roundHalfToEven((to - crop) / 2) };
  };
  return { across: axis(width), down: axis(height) };
}

/** Python's round(): with Math.round the odd differences would shift the crop by one pixel. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
