/** EXIF orientation, applied to the small resized image instead of the full one. */
import type { Sharp } from 'sharp';

/** True where the upright image is as wide as the stored one is high (orientations 5 to 8). */
export function swapsSides(orientation: number): boolean {
  return orientation >= 5 && orientation <= 8;
}

/**
 * Turns stored pixels upright. The pipeline must have its resize already: sharp then runs flip, flop and rotation
 * in this order behind it.
 */
export function orient(image: Sharp, orientation: number): Sharp {
  switch (orientation) {
    case 2:
      return image.flop();
    case 3:
      return image.rotate(180);
    case 4:
      return image.flip();
    case 5:
      return image.flip().rotate(90);
    case 6:
      return image.rotate(90);
    case 7:
      return image.flop().rotate(90);
    case 8:
      return image.rotate(270);
    default:
      return image;
  }
}
