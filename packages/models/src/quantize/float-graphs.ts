/** The float32 bundle's graph in the forms that quantising runs, over the same weights. */
import { copyFile, link, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bundle } from '../bundle-schema.ts';
import { exposeRanges, type RangeOutputs } from './calibration-graph.ts';
import type { ScoredGraph } from './compare-graphs.ts';
import { floatOutput, modelBytes } from './graph-parts.ts';
import type { SourceGraph } from './source-graph.ts';

export interface FloatGraphs {
  /** Gives ranges and all scores. */
  readonly ranges: ScoredGraph & { readonly exposed: ReadonlyMap<string, RangeOutputs> };
  /** Gives all scores. */
  readonly scored: ScoredGraph;
}

/**
 * Writes both into the new folder `into`, with the weights beside them, linked where that can be: external data must lie
 * in the graph's own folder.
 */
export async function writeFloatGraphs(
  { folder, manifest }: Bundle,
  source: SourceGraph,
  into: string,
): Promise<FloatGraphs> {
  await mkdir(into);
  for (const { file } of manifest.weights) {
    const [from, to] = [join(folder, file), join(into, file)];
    await link(from, to).catch(() => copyFile(from, to));
  }
  const { quantisable } = source;
  const { scores } = quantisable;
  const model = source.copy();
  model.graph.output.push(floatOutput(scores, 2));
  const scored = { path: join(into, 'scored.onnx'), scores };
  await writeFile(scored.path, modelBytes(model));
  const exposed = exposeRanges(model, quantisable);
  const ranges = { path: join(into, 'ranges.onnx'), scores, exposed };
  await writeFile(ranges.path, modelBytes(model));
  return { ranges, scored };
}
