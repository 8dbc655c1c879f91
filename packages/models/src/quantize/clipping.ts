/** Ways to choose the range of an activation. */

/**
 * Where the upper end of an activation may be cut: at its largest value in any image, or where one number in so many
 * lies above it.
 */
export const clippings = ['min-max', '99.999 %', '99.99 %', '99.9 %'] as const;
export type Clipping = (typeof clippings)[number];
