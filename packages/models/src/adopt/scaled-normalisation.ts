import { UsageError } from '@labelmill/shared/errors';
import type { BundleManifest } from '../bundle-schema.ts';

type Channels = readonly [red: number, green: number, blue: number];

/**
 * The normalisation that makes (pixel · scale − mean) / std of a pixel from 0 to 255, as model.json holds it: of pixels
 * scaled to 0…1. Caffe's, for one, has scale 1, a mean near 115 and std 1.
 *
 * @throws UsageError `bad_normalisation` where a number is not finite, or scale or std is not positive.
 */
export function scaledNormalisation(
  mean: Channels,
  std: Channels,
  scale: number,
): BundleManifest['normalisation'] {
  if (![...mean, ...std, scale].every(Number.isFinite) || scale <= 0 || std.some((number) => number <= 0)) {
    throw new UsageError('bad_normalisation', 'mean, std and scale are numbers, std and scale above 0');
  }
  const unit = 255 * scale;
  return {
    mean: [mean[0] / unit, mean[1] / unit, mean[2] / unit],
    std: [std[0] / unit, std[1] / unit, std[2] / unit],
  };
}
