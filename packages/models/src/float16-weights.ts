/** Weights in float16 from weights in float32, with batch norms folded into their convolutions. */
import { type FileHandle, open } from 'node:fs/promises';
import { UsageError } from '@labelmill/shared/errors';
import { fileBlocks } from './file-blocks.ts';
import { type FoldedBatchNorm, foldBatchNorm } from './fold-batch-norm.ts';
import type { SafetensorsHeader, TensorRange } from './safetensors.ts';
import { type TensorDeclaration, writeSafetensors } from './safetensors-writer.ts';
import { type VggLayer, withoutBatchNorm } from './vgg-layers.ts';
import {
  bindTensors,
  type LayerRanges,
  namingOf,
  rangeOf,
  type TensorRole,
  vggTensors,
} from './vgg-tensors.ts';

export interface ConversionProgress {
  /** Numbers written so far. */
  readonly done: number;
  /** Numbers of the converted model. */
  readonly total: number;
}

/**
 * Streams a new safetensors file with the source's tensor names. Each number is rounded once, to the nearest float16,
 * ties to even; those below 2⁻²⁵ become 0.
 *
 * @param layers as the source has them.
 * @throws UsageError `float16_overflow`, naming the tensor with a number beyond ±65504; as `bindTensors` does; the
 * signal's reason.
 */
export async function writeFloat16Weights(
  path: string,
  source: SafetensorsHeader,
  layers: readonly VggLayer[],
  onProgress: (progress: ConversionProgress) => void,
  signal?: AbortSignal,
): Promise<void> {
  const conversions = planConversions(source, layers);
  const declarations = conversions.map(({ declaration }) => declaration);
  await using file = await open(source.path);
  await writeSafetensors(path, declarations, converted(file, conversions, onProgress, signal));
}

/** One tensor of the new file, and where its numbers come from. */
interface Conversion {
  readonly declaration: TensorDeclaration;
  readonly range: TensorRange;
  readonly role: TensorRole;
  /** Where a batch norm follows: its tensors, and the bias that it is folded into. */
  readonly fold: { readonly batchNorm: LayerRanges; readonly bias: TensorRange } | undefined;
}

function planConversions(source: SafetensorsHeader, layers: readonly VggLayer[]): Conversion[] {
  const ranges = bindTensors(layers, source, 'F32');
  const followers = new Map(layers.map(({ name }, place) => [name, layers[place + 1]]));
  const tensors = vggTensors(withoutBatchNorm(layers), namingOf(source));
  return [...tensors].flatMap(([layer, roles]) => {
    const follower = followers.get(layer);
    const batchNorm = follower?.kind === 'batchnorm' ? ranges.get(follower.name) : undefined;
    return [...roles].map(([role, spec]) => ({
      declaration: { ...spec, dtype: 'F16' as const },
      range: rangeOf(ranges, layer, role),
      role,
      fold: batchNorm && { batchNorm, bias: rangeOf(ranges, layer, 'bias') },
    }));
  });
}

async function* converted(
  file: FileHandle,
  conversions: readonly Conversion[],
  onProgress: (progress: ConversionProgress) => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const total = conversions.reduce((sum, { range }) => sum + range.bytes / 4, 0);
  let done = 0;
  for (const conversion of conversions) {
    for await (const numbers of convertedTensor(file, conversion)) {
      signal?.throwIfAborted();
      requireFinite(numbers, conversion.declaration.name);
      yield new Uint8Array(numbers.buffer);
      done += numbers.length;
      onProgress({ done, total });
    }
  }
}

async function* convertedTensor(
  file: FileHandle,
  { range, role, fold }: Conversion,
): AsyncGenerator<Float16Array<ArrayBuffer>> {
  const folded = fold && (await foldOf(file, fold.batchNorm, fold.bias));
  if (folded !== undefined && role === 'bias') {
    yield Float16Array.from(folded.bias);
    return;
  }
  const perChannel = range.bytes / 4 / (range.shape[0] ?? 1);
  let place = 0;
  for await (const block of fileBlocks(file, range)) {
    const numbers = new Float32Array(block.buffer, 0, block.byteLength / 4);
    const halves = new Float16Array(numbers.length);
    if (folded === undefined) halves.set(numbers);
    // Products of float32 numbers are exact in float64; storing them rounds once.
    else
      for (let i = 0; i < numbers.length; i++) {
        halves[i] = numbers[i]! * folded.scale[Math.floor((place + i) / perChannel)]!;
      }
    place += numbers.length;
    yield halves;
  }
}

async function foldOf(file: FileHandle, batchNorm: LayerRanges, bias: TensorRange): Promise<FoldedBatchNorm> {
  const tensor = (role: TensorRole) => {
    const range = batchNorm.get(role);
    if (range === undefined) throw new TypeError(`a batch norm without ${role}`);
    return floats(file, range);
  };
  return foldBatchNorm(await floats(file, bias), {
    weight: await tensor('weight'),
    bias: await tensor('bias'),
    running_mean: await tensor('running_mean'),
    running_var: await tensor('running_var'),
  });
}

async function floats(file: FileHandle, range: TensorRange): Promise<Float32Array> {
  const numbers = new Float32Array(range.bytes / 4);
  let place = 0;
  for await (const block of fileBlocks(file, range)) {
    numbers.set(new Float32Array(block.buffer, 0, block.byteLength / 4), place);
    place += block.byteLength / 4;
  }
  return numbers;
}

/** An exponent of all ones is an infinity, or the NaN of a negative variance. */
function requireFinite({ buffer, length }: Float16Array<ArrayBuffer>, name: string): void {
  const words = new Uint16Array(buffer, 0, length);
  for (let place = 0; place < length; place++) {
    if ((words[place]! & 0x7c00) === 0x7c00) {
      const reason = 'holds a number that float16 cannot: they end at ±65504';
      throw new UsageError('float16_overflow', `tensor ${name} ${reason}`);
    }
  }
}
