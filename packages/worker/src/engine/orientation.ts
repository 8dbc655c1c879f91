/**
 * EXIF orientation: images are resized and cropped as they are stored, and only the small result is turned upright.
 * The upright pixel (x, y) is the stored pixel (x, y), or (y, x) where sides are swapped, counted from the far end of
 * the stored axes that are mirrored.
 */
import type { Framing } from './preprocess.ts';
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

/** The stored axes of what `upright` names. */
export function storedSpans({ across, down }: Framing, orientation: number): Framing {
  const { swaps, mirrorsAcross, mirrorsDown } = turnOf(orientation);
  const span = (axis: Span, mirrored: boolean): Span =>
    mirrored ? { ...axis, start: axis.to - axis.length - axis.start } : axis;
  return {
    across: span(swaps ? down : across, mirrorsAcross),
    down: span(swaps ? across : down, mirrorsDown),
  };
}

/** Turns stored RGB pixels upright; the sides are those of the upright image. */
export function turnUpright(
  stored: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
  orientation: number,
): Uint8Array {
  if (orientation === 1) return stored;
  const { swaps, mirrorsAcross, mirrorsDown } = turnOf(orientation);
  const upright = new Uint8Array(stored.length);
  const storedWidth = swaps ? height : width;
  const lastAcross = storedWidth - 1;
  const lastDown = (swaps ? width : height) - 1;
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const across = swaps ? y : x;
      const down = swaps ? x : y;
      const row = mirrorsDown ? lastDown - down : down;
      const at = (row * storedWidth + (mirrorsAcross ? lastAcross - across : across)) * 3;
      upright[to++] = stored[at]!;
      upright[to++] = stored[at + 1]!;
      upright[to++] = stored[at + 2]!;
    }
  }
  return upright;
}
