/** float32 weights become a safetensors file of int8, channel by channel, never in memory as a whole. */
import type { TensorProto } from 'onnx-buf';
import { tensorLayout } from '../adopt/tensor-bytes.ts';
import { type TensorDeclaration, writeSafetensors } from '../safetensors-writer.ts';
import { biasFloor, quantiseWeights, type WeightLimit, weightScale } from './affine.ts';
import { channelAffine } from './channel-affine.ts';
import { openTensor } from './float-source.ts';
import type { QuantisableLayer } from './layers.ts';

/** Of tensors that are only copied. */
const blockBytes = 1 << 20;

/** One layer's numbers beside the int8 weights. */
export interface LayerNumbers {
  /** Scale of each output channel's weights. */
  readonly weightScales: Float32Array<ArrayBuffer>;
  /** Real numbers, or null for a layer without. */
  readonly bias: Float64Array | null;
}

export interface WeightsToWrite {
  /** Of the float32 graph, beside which its external data lies. */
  readonly modelPath: string;
  readonly layers: readonly QuantisableLayer[];
  /** External tensors of all that is not quantised, to be copied. */
  readonly kept: readonly TensorProto[];
  readonly limit: WeightLimit;
  /** The least scale that the layer's input may get. */
  readonly inputScale: (layer: QuantisableLayer) => number;
}

/**
 * Writes all tensors under their own names to the new file at `path`.
 *
 * @param onChannels called with the count of channels done.
 * @returns the numbers beside them, by the weight's name.
 * @throws the signal's reason when aborted.
 */
export async function writeQuantisedWeights(
  path: string,
  { modelPath, layers, kept, limit, inputScale }: WeightsToWrite,
  onChannels: (done: number) => void,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, LayerNumbers>> {
  const numbers = new Map<string, LayerNumbers>();
  const declarations = [
    ...kept.map(declarationOf),
    ...layers.map(({ weight }) => ({ ...declarationOf(weight), dtype: 'I8' as const })),
  ];
  let done = 0;
  async function* body(): AsyncGenerator<Uint8Array> {
    for (const tensor of kept) yield* copied(modelPath, tensor);
    for (const layer of layers) {
      const { weight } = layer;
      const { factor, shift } = await channelAffine(modelPath, layer);
      const weightScales = new Float32Array(factor.length);
      await using source = await openTensor(modelPath, weight);
      const rowBytes = source.bytes / factor.length;
      const integers = new Int8Array(rowBytes / 4);
      for (const [channel, by] of factor.entries()) {
        signal?.throwIfAborted();
        const row = new Float32Array((await source.read(channel * rowBytes, rowBytes)).buffer);
        for (let place = 0; place < row.length; place++) row[place] = by * (row[place] ?? 0);
        const scale = weightScale(row, limit, biasFloor(shift?.[channel] ?? 0, inputScale(layer)));
        weightScales[channel] = scale;
        quantiseWeights(row, scale, limit, integers);
        yield new Uint8Array(integers.buffer);
        onChannels(++done);
      }
      numbers.set(weight.name, { weightScales, bias: shift });
    }
  }
  await writeSafetensors(path, declarations, body());
  return numbers;
}

function declarationOf(tensor: TensorProto): TensorDeclaration {
  const layout = tensorLayout(tensor);
  if (layout === undefined) throw new TypeError(`${tensor.name} is of no type that safetensors has`);
  return { name: tensor.name, dtype: layout.dtype, shape: layout.shape };
}

async function* copied(modelPath: string, tensor: TensorProto): AsyncGenerator<Uint8Array> {
  await using source = await openTensor(modelPath, tensor);
  for (let first = 0; first < source.bytes; first += blockBytes) {
    yield await source.read(first, Math.min(blockBytes, source.bytes - first));
  }
}
