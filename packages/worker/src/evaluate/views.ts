/** Which parts of a rescaled image the network sees: arithmetic, no pixels. */
import { roundHalfToEven } from '../engine/preprocess.ts';
import type { ViewMode } from './view-plan.ts';

/** A part of the image, in its pixels; `mirrored` swaps left and right. */
export interface View {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly mirrored: boolean;
}

/** Crops a side of the paper's grid. */
const gridSide = 5;

/** All views of a width×height image, each followed by its mirror image; both sides are at least `crop`. */
export function viewsOf(mode: ViewMode, width: number, height: number, crop: number): View[] {
  return partsOf(mode, width, height, crop).flatMap((part) => [
    { ...part, mirrored: false },
    { ...part, mirrored: true },
  ]);
}

function partsOf(mode: ViewMode, width: number, height: number, crop: number): Omit<View, 'mirrored'>[] {
  const square = (left: number, top: number) => ({ left, top, width: crop, height: crop });
  // Half to even, as the bundle's own central crop: the grid's middle is that crop.
  const right = width - crop;
  const bottom = height - crop;
  const centre = square(roundHalfToEven(right / 2), roundHalfToEven(bottom / 2));
  switch (mode) {
    case 'flip':
      return [centre];
    case 'ten-crop':
      return [square(0, 0), square(right, 0), square(0, bottom), square(right, bottom), centre];
    case 'multi-crop': {
      const steps = Array.from({ length: gridSide }, (_, step) => step / (gridSide - 1));
      return steps.flatMap((down) =>
        steps.map((across) => square(roundHalfToEven(right * across), roundHalfToEven(bottom * down))),
      );
    }
    case 'dense':
      return [{ left: 0, top: 0, width, height }];
  }
}
