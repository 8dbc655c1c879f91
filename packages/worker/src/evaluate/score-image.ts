/** One image's whole way through an evaluation: rescaled, seen in several views, and the mean of their scores. */
import type { Preprocessing } from '@labelmill/models/bundle-schema';
import type { DecodeLimits, RgbImage } from '../engine/decode.ts';
import { decodeRescaled } from '../engine/decode-rescaled.ts';
import type { Session } from '../engine/session.ts';
import { MeanPosteriors } from './mean-posteriors.ts';
import { copyView } from './view-pixels.ts';
import type { ViewPlan } from './view-plan.ts';
import { type View, viewsOf } from './views.ts';

const channels = 3;

/** The image at each of the plan's scales. Throws ImageError as `decodeRescaled` does. */
export async function rescale(
  bytes: Uint8Array,
  { scales }: ViewPlan,
  limits: DecodeLimits,
): Promise<RgbImage[]> {
  const images: RgbImage[] = [];
  for (const scale of scales) images.push(await decodeRescaled(bytes, scale, limits));
  return images;
}

export interface ScoringOptions {
  /** Over a graph that ranks all classes; of `dense`, one whose height and width are free. */
  readonly session: Session;
  readonly mode: ViewPlan['mode'];
  readonly crop: Preprocessing['crop'];
  /** Crops for each inference call; larger views go in smaller batches of no more pixels. */
  readonly batch: number;
  /** Called after each inference call. */
  readonly onBatch: () => void;
}

/** The mean over all views at all scales. Only the views of one batch are copied at a time. */
export async function scoreViews(
  images: readonly RgbImage[],
  options: ScoringOptions,
): Promise<MeanPosteriors> {
  const { session, mode, crop, batch, onBatch } = options;
  const mean = new MeanPosteriors();
  for (const image of images) {
    const views = viewsOf(mode, image.width, image.height, crop);
    for (const some of batchesOf(views, batch * crop * crop)) {
      const { width, height } = some[0]!;
      const viewBytes = width * height * channels;
      const pixels = new Uint8Array(some.length * viewBytes);
      for (const [place, view] of some.entries()) copyView(image, view, pixels, place * viewBytes);
      const scores = await session.run(pixels.buffer, some.length, false, { height, width });
      mean.add(scores, some.length);
      onBatch();
    }
  }
  return mean;
}

/** In order, as many as fit; at least one. All views of an image have the same size. */
function batchesOf(views: readonly View[], mostPixels: number): View[][] {
  const { width, height } = views[0]!;
  const size = Math.max(1, Math.floor(mostPixels / (width * height)));
  return Array.from({ length: Math.ceil(views.length / size) }, (_, place) =>
    views.slice(place * size, (place + 1) * size),
  );
}
