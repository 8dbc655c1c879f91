/** Tries the ways to cut activations, on images whose float32 scores are known. */
import type { OpenGraph } from '../adopt/open-graph.ts';
import { AgreementCount } from './agreement.ts';
import type { ChoosingImage } from './calibrate.ts';
import { type Clipping, clippings } from './clipping.ts';
import type { ScoredGraph } from './compare-graphs.ts';
import { runBatch } from './graph-scores.ts';

/**
 * The clipping with the least mean |Δp|: it tells candidates apart where their best classes, few changes among some
 * dozens of images, cannot.
 *
 * @param images at least one.
 * @param makeGraph writes the int8 graph of one clipping.
 * @param onImages called with the counts of images run, each once for every clipping, and of all such runs.
 */
export async function chooseClipping(
  images: readonly ChoosingImage[],
  crop: number,
  makeGraph: (clipping: Clipping) => Promise<ScoredGraph>,
  openGraph: OpenGraph,
  onImages: (done: number, total: number) => void,
  signal: AbortSignal | undefined,
): Promise<{ readonly clipping: Clipping; readonly graph: ScoredGraph }> {
  let best: { clipping: Clipping; graph: ScoredGraph; delta: number } | undefined;
  let done = 0;
  for (const clipping of clippings) {
    const candidate = await makeGraph(clipping);
    const count = new AgreementCount();
    await using graph = await openGraph(candidate.path);
    for (const image of images) {
      signal?.throwIfAborted();
      const [found] = await runBatch(graph, { count: 1, pixels: image.pixels }, crop, [candidate.scores]);
      count.add(image.scores, found as Float32Array, image.scores.length);
      onImages(++done, clippings.length * images.length);
    }
    const { meanDelta: delta } = count.result();
    if (best === undefined || delta < best.delta) best = { clipping, graph: candidate, delta };
  }
  return best!;
}
