/** Sizes and offsets of "shorter side to `resize`", whole or with a central crop, equal to torchvision's with Pillow. */
import type { Preprocessing } from '@labelmill/models/bundle-schema';
import type { Span } from './resample-windows.ts';

/** What happens to both axes of an upright image; the spans are what is wanted of the resized one. */
export interface Framing {
  readonly across: Span;
  readonly down: Span;
}

/** The central crop of a width×height image. */
export function centralCrop(
  width: number,
  height: number,
  { resize, crop }: Pick<Preprocessing, 'resize' | 'crop'>,
): Framing {
  const { across, down } = wholeImage(width, height, resize);
  const central = (axis: Span): Span => ({
    ...axis,
    start: roundHalfToEven((axis.to - crop) / 2),
    length: crop,
  });
  return { across: central(across), down: central(down) };
}

/** All of a width×height image, the shorter side resized to `resize`. */
export function wholeImage(width: number, height: number, resize: number): Framing {
  const short = Math.min(width, height);
  const axis = (from: number): Span => {
    // torchvision: int(size * long / short)
    const to = from === short ? resize : Math.trunc((resize * from) / short);
    return { from, to, start: 0, length: to };
  };
  return { across: axis(width), down: axis(height) };
}

/** Python's round(): with Math.round the odd differences would shift the crop by one pixel. */
export function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
