/** Copies views out of a rescaled image. */
import type { RgbImage } from '../engine/decode.ts';
import type { View } from './views.ts';

const channels = 3;

/** Writes the view's height × width × 3 bytes to `target`, from byte `at` on. */
export function copyView({ width, pixels }: RgbImage, view: View, target: Uint8Array, at: number): void {
  const rowBytes = view.width * channels;
  for (let row = 0; row < view.height; row++) {
    const from = ((view.top + row) * width + view.left) * channels;
    const to = at + row * rowBytes;
    if (view.mirrored) mirrorRow(pixels, from, view.width, target, to);
    else target.set(pixels.subarray(from, from + rowBytes), to);
  }
}

function mirrorRow(pixels: Uint8Array, from: number, width: number, target: Uint8Array, to: number): void {
  for (let column = 0; column < width; column++) {
    const source = from + (width - 1 - column) * channels;
    const place = to + column * channels;
    target[place] = pixels[source]!;
    target[place + 1] = pixels[source + 1]!;
    target[place + 2] = pixels[source + 2]!;
  }
}
