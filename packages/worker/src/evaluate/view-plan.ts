/**
 * The VGG paper's ways to look at a test image (K. Simonyan and A. Zisserman, "Very deep convolutional networks for
 * large-scale image recognition", arXiv 1409.1556v6, sections 3.2 and 4): several views, whose class posteriors are
 * averaged.
 */

/**
 * `flip`: the central crop and its mirror image.
 * `ten-crop`: the four corners and the centre, and their mirror images (A. Krizhevsky, I. Sutskever and G. E. Hinton,
 * "ImageNet classification with deep convolutional neural networks", NIPS 2012, section 4.1).
 * `multi-crop`: a regular 5 × 5 grid and its mirror images, 50 crops a scale, at three scales.
 * `dense`: the whole image and its mirror image, through the fully convolutional network.
 */
export const viewModes = ['flip', 'ten-crop', 'multi-crop', 'dense'] as const;
export type ViewMode = (typeof viewModes)[number];

export interface ViewPlan {
  readonly mode: ViewMode;
  /** The paper's test scales Q: the shorter side of the rescaled image, in pixels, at least the crop. */
  readonly scales: readonly number[];
}

/** The paper's crop, and the three scales that its multi-crop tests have for networks trained with scale jittering. */
const paper = { crop: 224, scales: [256, 384, 512] } as const;

/**
 * Test scales where nobody names others. Of `multi-crop` the paper's 256, 384 and 512, for another input size in
 * proportion to 224; of the others what the bundle resizes to. Ten crops of an image no larger than the crop would be
 * the same one: they have at least 256/224 of the crop.
 */
export function defaultScales(mode: ViewMode, { resize, crop }: { resize: number; crop: number }): number[] {
  const scaled = (scale: number) => Math.round((crop * scale) / paper.crop);
  if (mode === 'multi-crop') return paper.scales.map(scaled);
  return [mode === 'ten-crop' ? Math.max(resize, scaled(paper.scales[0])) : resize];
}
