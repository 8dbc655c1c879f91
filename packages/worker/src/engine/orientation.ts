/**
 * EXIF orientation: images are resized and cropped as they are stored, and only the small result is turned upright.
 * The upright pixel (x, y) is the stored pixel (x, y), or (y, x) where sides are swapped, counted from the far end of
 * the stored axes that are mirrored.
 */
import type { Axis } from './preprocess.ts';
import type { Span } from './resample-windows.ts';

interface Turn {
  readonly swaps: boolean;
  readonly mirrorsAcross: boolean;
  readonly mirrorsDown: boolean;
}

/** @param orientation 1 to 8, as TIFF 6.0 numbers them */
function turnOf(orientation: number): Turn {
  return {
    swaps: orientation >= 5,
    mirrorsAcross: [2, 3, 7, 8].includes(orientation),
    mirrorsDown: [3, 4, 6, 7].includes(orientation),
  };
}

/** Width and height of the upright image. */
export function uprightSize(width: number, height: number, orientation: number): [number, number] {
  return turnOf(orientation).swaps ? [height, width] : [width, height];
}

/** The stored axes of the crop×crop square that `upright` names. */
export function storedSpans(
  upright: { readonly across: Axis; readonly down: Axis },
  crop: number,
  orientation: number,
): { across: Span; down: Span } {
  const { swaps, mirrorsAcross, mirrorsDown } = turnOf(orientation);
  const span = ({ from, to, start }: Axis, mirrored: boolean): Span => ({
    from,
    to,
    start: mirrored ? to - crop - start : start,
    length: crop,
  });
  return {
    across: span(swaps ? upright.down : upright.across, mirrorsAcross),
    down: span(swaps ? upright.across : upright.down, mirrorsDown),
  };
}

/** Turns a stored square of side·side RGB pixels upright. */
export function turnUpright(stored: Uint8Array, side: number, orientation: number): Uint8Array {
  if (orientation === 1) return stored;
  const { swaps, mirrorsAcross, mirrorsDown } = turnOf(orientation);
  const upright = new Uint8Array(stored.length);
  const last = side - 1;
  let to = 0;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const across = swaps ? y : x;
      const down = swaps ? x : y;
      const at = ((mirrorsDown ? last - down : down) * side + (mirrorsAcross ? last - across : across)) * 3;
      upright[to++] = stored[at]!;
      upright[to++] = stored[at + 1]!;
      upright[to++] = stored[at + 2]!;
    }
  }
  return upright;
}
