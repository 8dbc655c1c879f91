/** Runs float32 and int8 over the same images: how far they agree, and how fast each is. */
import type { OpenGraph } from '../adopt/open-graph.ts';
import { AgreementCount } from './agreement.ts';
import { runBatch } from './graph-scores.ts';
import type { ImageBatch } from './image-batches.ts';
import type { Quantization } from './quantization-schema.ts';

/** A graph's file, and its output of all classes' scores. */
export interface ScoredGraph {
  readonly path: string;
  readonly scores: string;
}

/**
 * The two take turns batch by batch, so that what else the machine does meets both. The first batch is run once more
 * before, untimed.
 *
 * @param onImages called with the count of images done.
 * @returns null without images.
 */
export async function compareGraphs(
  fp32: ScoredGraph,
  int8: ScoredGraph,
  batches: AsyncIterable<ImageBatch>,
  crop: number,
  classes: number,
  openGraph: OpenGraph,
  onImages: (done: number) => void,
): Promise<Pick<Quantization, 'agreement' | 'imagesPerSecond'> | null> {
  await using left = await openGraph(fp32.path);
  await using right = await openGraph(int8.path);
  const count = new AgreementCount();
  const milliseconds = { fp32: 0, int8: 0 };
  for await (const batch of batches) {
    const scoresOf = async (which: 'fp32' | 'int8') => {
      const began = performance.now();
      const [graph, name] = which === 'fp32' ? [left, fp32.scores] : [right, int8.scores];
      const [scores] = await runBatch(graph, batch, crop, [name]);
      milliseconds[which] += performance.now() - began;
      return scores as Float32Array;
    };
    if (count.images === 0) {
      await scoresOf('fp32');
      await scoresOf('int8');
      milliseconds.fp32 = 0;
      milliseconds.int8 = 0;
    }
    count.add(await scoresOf('fp32'), await scoresOf('int8'), classes);
    onImages(count.images);
  }
  if (count.images === 0) return null;
  const rate = (spent: number) => Number(((1000 * count.images) / spent).toPrecision(4));
  return {
    agreement: count.result(),
    imagesPerSecond: { fp32: rate(milliseconds.fp32), int8: rate(milliseconds.int8) },
  };
}
