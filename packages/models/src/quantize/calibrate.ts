/** Runs the float32 graph over the calibration images. */
import type { OpenGraph } from '../adopt/open-graph.ts';
import { ActivationRange } from './activation-ranges.ts';
import type { FloatGraphs } from './float-graphs.ts';
import { runBatch } from './graph-scores.ts';
import type { ImageBatch } from './image-batches.ts';

/** Every fourth image is for choosing, until there are so many. */
const choosingEvery = 4;
const maxChoosing = 100;

/** An image that clippings are judged by. */
export interface ChoosingImage {
  readonly pixels: Uint8Array;
  /** float32's scores of all classes. */
  readonly scores: Float32Array;
}

export interface Calibration {
  /** By origin. */
  readonly ranges: ReadonlyMap<string, ActivationRange>;
  /** Images that the ranges are of. */
  readonly images: number;
  /** Others. */
  readonly choosing: readonly ChoosingImage[];
}

/**
 * @param onImages called with the count of images done.
 */
export async function calibrate(
  { path, scores, exposed }: FloatGraphs['ranges'],
  batches: AsyncIterable<ImageBatch>,
  crop: number,
  openGraph: OpenGraph,
  onImages: (done: number) => void,
): Promise<Calibration> {
  const outputs = [
    scores,
    ...[...exposed.values()].flatMap(({ high, low }) => (low === null ? [high] : [high, low])),
  ];
  const ranges = new Map(
    [...exposed].map(([origin, { low }]) => [origin, new ActivationRange(low === null)]),
  );
  const choosing: ChoosingImage[] = [];
  let images = 0;
  let seen = 0;
  await using graph = await openGraph(path);
  for await (const batch of batches) {
    const results = await runBatch(graph, batch, crop, outputs);
    const byName = new Map(outputs.map((name, place) => [name, results[place] as Float32Array]));
    const perImage = (name: string, image: number) =>
      rowOf(byName.get(name) as Float32Array, image, batch.count);
    for (let image = 0; image < batch.count; image++) {
      seen++;
      if (seen % choosingEvery === 0 && choosing.length < maxChoosing) {
        const pixels = rowOf(batch.pixels, image, batch.count).slice();
        choosing.push({ pixels, scores: perImage(scores, image).slice() });
        continue;
      }
      images++;
      for (const [origin, { high, low }] of exposed) {
        ranges.get(origin)?.add(perImage(high, image), low === null ? null : perImage(low, image));
      }
    }
    onImages(seen);
  }
  return { ranges, images, choosing };
}

function rowOf<T extends Uint8Array | Float32Array>(rows: T, row: number, count: number): T {
  const length = rows.length / count;
  return rows.subarray(row * length, (row + 1) * length) as T;
}
