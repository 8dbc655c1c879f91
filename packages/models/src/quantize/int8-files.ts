/** The files of an int8 bundle: weights, which do not depend on how activations are cut, and scales and graph, which do. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensorsHeader } from '../safetensors.ts';
import { type AffineScale, activationScale, type WeightLimit } from './affine.ts';
import type { Calibration } from './calibrate.ts';
import { type Clipping, clippings } from './clipping.ts';
import type { ScoredGraph } from './compare-graphs.ts';
import { floatOutput, modelBytes } from './graph-parts.ts';
import { quantiseGraph } from './qdq-graph.ts';
import { writeQuantisedWeights } from './quantised-weights.ts';
import { writeScales } from './scales-file.ts';
import type { SourceGraph } from './source-graph.ts';

export const weightsFile = 'model.safetensors';
export const scalesFile = 'scales.safetensors';
export const graphFile = 'model.onnx';

export interface Int8Writer {
  /** Writes scales and a graph that gives all scores out, to be measured. */
  candidate(clipping: Clipping): Promise<ScoredGraph>;
  /** Writes the bundle's own. */
  chosen(clipping: Clipping): Promise<void>;
}

/**
 * Writes the weights.
 *
 * @param folder where all of the files go.
 * @param onChannels called with the counts of channels done and of all.
 */
export async function int8Writer(
  folder: string,
  source: SourceGraph,
  calibration: Calibration,
  limit: WeightLimit,
  onChannels: (done: number, total: number) => void,
  signal: AbortSignal | undefined,
): Promise<Int8Writer> {
  const { layers, kept, scores } = source.quantisable;
  const inputsBy = new Map(clippings.map((clipping) => [clipping, inputScales(calibration, clipping)]));
  const least = (origin: string) =>
    Math.min(...inputsBy.values().map((inputs) => inputs.get(origin)?.scale ?? Number.POSITIVE_INFINITY));
  const channels = layers.reduce((sum, { weight }) => sum + Number(weight.dims[0]), 0);
  const numbers = await writeQuantisedWeights(
    join(folder, weightsFile),
    { modelPath: source.path, layers, kept, limit, inputScale: ({ origin }) => least(origin) },
    (done) => onChannels(done, channels),
    signal,
  );
  const weights = { file: weightsFile, header: await readSafetensorsHeader(join(folder, weightsFile)) };

  const write = async (clipping: Clipping, file: string, graph: string, measured: boolean) => {
    const inputs = inputsBy.get(clipping) ?? new Map<string, AffineScale>();
    await writeScales(join(folder, file), layers, numbers, inputs);
    const scales = { file, header: await readSafetensorsHeader(join(folder, file)) };
    const model = source.copy();
    if (measured) model.graph.output.push(floatOutput(scores, 2));
    quantiseGraph(model, source.quantisable, { weights, scales, inputs });
    await writeFile(join(folder, graph), modelBytes(model), { flush: true });
  };
  return {
    async candidate(clipping) {
      const place = clippings.indexOf(clipping);
      const graph = `candidate-${place}.onnx`;
      await write(clipping, `candidate-${place}.safetensors`, graph, true);
      return { path: join(folder, graph), scores };
    },
    chosen: (clipping) => write(clipping, scalesFile, graphFile, false),
  };
}

function inputScales({ ranges }: Calibration, clipping: Clipping): ReadonlyMap<string, AffineScale> {
  return new Map([...ranges].map(([origin, range]) => [origin, activationScale(range.range(clipping))]));
}
