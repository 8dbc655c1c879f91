/** float32 weights become a safetensors file of int8, channel by channel, never in memory as a whole. */
import { type FileHandle, open } from 'node:fs/promises';
import type { TensorProto } from 'onnx-buf';
import { foreignRange } from '../adopt/foreign-range.ts';
import { tensorBytes, tensorLayout } from '../adopt/tensor-bytes.ts';
import { type TensorDeclaration, writeSafetensors } from '../safetensors-writer.ts';
import { biasFloor, quantiseWeights, type WeightLimit, weightScale } from './affine.ts';
import type { QuantisableLayer } from './layers.ts';

/** One layer's numbers beside the int8 weights. */
export interface LayerNumbers {
  /** Scale of each output channel's weights. */
  readonly weightScales: Float32Array<ArrayBuffer>;
  /** float32, or null for a layer without. */
  readonly bias: Float32Array | null;
}

/**
 * Writes the weights of `layers` under their own names to the new file at `path`.
 *
 * @param modelPath of the float32 graph, beside which its external data lies.
 * @param inputScale the least scale that a layer's input may get.
 * @param onChannels called with the count of channels done.
 * @returns the rest by the weight's name.
 */
export async function writeQuantisedWeights(
  path: string,
  modelPath: string,
  layers: readonly QuantisableLayer[],
  limit: WeightLimit,
  inputScale: (layer: QuantisableLayer) => number,
  onChannels: (done: number) => void,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, LayerNumbers>> {
  const numbers = new Map<string, LayerNumbers>();
  const declarations = layers.map(
    ({ weight }): TensorDeclaration => ({ name: weight.name, dtype: 'I8', shape: weight.dims.map(Number) }),
  );
  let done = 0;
  async function* body(): AsyncGenerator<Uint8Array> {
    for (const layer of layers) {
      const { weight, bias } = layer;
      const channels = Number(weight.dims[0]);
      const biases = bias === null ? null : await floats(modelPath, bias);
      const weightScales = new Float32Array(channels);
      await using source = await openFloats(modelPath, weight);
      const integers = new Int8Array(
        weight.dims.slice(1).reduce((product, side) => product * Number(side), 1),
      );
      for (let channel = 0; channel < channels; channel++) {
        signal?.throwIfAborted();
        const row = await source.read(channel * integers.length, integers.length);
        const floor = biasFloor(biases?.[channel] ?? 0, inputScale(layer));
        const scale = weightScale(row, limit, floor);
        weightScales[channel] = scale;
        quantiseWeights(row, scale, limit, integers);
        yield new Uint8Array(integers.buffer);
        onChannels(++done);
      }
      numbers.set(weight.name, { weightScales, bias: biases });
    }
  }
  await writeSafetensors(path, declarations, body());
  return numbers;
}

async function floats(modelPath: string, tensor: TensorProto): Promise<Float32Array> {
  await using source = await openFloats(modelPath, tensor);
  return source.read(
    0,
    tensor.dims.reduce((product, side) => product * Number(side), 1),
  );
}

interface FloatSource extends AsyncDisposable {
  /** `count` numbers from the `first` on. */
  read(first: number, count: number): Promise<Float32Array>;
}

/** The numbers of a float32 initializer, wherever they are. */
async function openFloats(modelPath: string, tensor: TensorProto): Promise<FloatSource> {
  const layout = tensorLayout(tensor);
  if (layout === undefined) throw new TypeError(`${tensor.name} is of no type that is known here`);
  let file: FileHandle | undefined;
  let inline: Uint8Array | undefined;
  let start = 0;
  if (tensor.externalData.length > 0) {
    const range = await foreignRange(modelPath, tensor, layout.bytes);
    file = await open(range.path);
    start = range.offset;
  } else inline = tensorBytes(tensor, layout);
  return {
    async read(first, count) {
      const bytes = new Uint8Array(4 * count);
      if (inline !== undefined) bytes.set(inline.subarray(4 * first, 4 * (first + count)));
      else await file?.read({ buffer: bytes, position: start + 4 * first });
      return new Float32Array(bytes.buffer);
    },
    async [Symbol.asyncDispose]() {
      await file?.close();
    },
  };
}
