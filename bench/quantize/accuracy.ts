/** How often a bundle's best label, and one of its best five, is the right one. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenGraph } from '@labelmill/models/adopt/open-graph';
import type { Bundle } from '@labelmill/models/bundle-schema';
import { labelsGraph } from '@labelmill/models/labels-graph';
import { imageBatches } from '@labelmill/models/quantize/image-batches';
import { pixelsOf } from './pixels.ts';

/** @param labels path of a CSV with the header `file,id`. */
export async function accuracyOf(
  { folder, manifest }: Bundle,
  labels: string,
  images: string,
  openGraph: OpenGraph,
): Promise<{ top1: number; top5: number }> {
  const [, ...rows] = (await readFile(labels, 'utf8')).trim().split(/\r?\n/);
  const pairs = rows.map((row) => row.split(',') as [string, string]);
  const { preprocessing, graphs, classes } = manifest;
  const { crop } = preprocessing;
  const paths = pairs.map(([file]) => join(images, file));
  await using graph = await openGraph(join(folder, labelsGraph({ graphs })?.file ?? ''));
  let done = 0;
  let top1 = 0;
  let top5 = 0;
  for await (const { count, pixels } of imageBatches(pixelsOf(paths, preprocessing), crop, 10, undefined)) {
    const dims = [count, crop, crop, 3];
    const { index } = await graph.run({ image: { type: 'uint8', data: pixels, dims } });
    const found = Array.from(index?.data as BigInt64Array, (label) => classes[Number(label)]?.id);
    const k = found.length / count;
    for (let image = 0; image < count; image++) {
      const rank = found.slice(image * k, (image + 1) * k).indexOf(pairs[done + image]?.[1]);
      if (rank === 0) top1++;
      if (rank >= 0 && rank < 5) top5++;
    }
    done += count;
  }
  return { top1: top1 / done, top5: top5 / done };
}
