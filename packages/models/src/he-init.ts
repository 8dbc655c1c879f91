/**
 * Untrained weights: He et al., "Delving Deep into Rectifiers" (arXiv 1502.01852), equation 10: weights from
 * N(0, 2 / fan_in), biases 0, so that ReLU keeps the variance from layer to layer. Batch norms start as PyTorch's do:
 * they change nothing.
 */
import { NormalSource } from './normal-source.ts';
import type { TensorDeclaration } from './safetensors-writer.ts';
import { writeSafetensors } from './safetensors-writer.ts';
import type { VggLayer } from './vgg-layers.ts';
import { type TensorRole, type TensorSpec, vggTensors } from './vgg-tensors.ts';

/** Numbers made and written at a time: 4 MiB. */
const blockLength = 1 << 20;

export interface InitProgress {
  /** Parameters written so far. */
  readonly done: number;
  /** Parameters of the model. */
  readonly total: number;
}

/**
 * Streams float32 weights with torchvision's tensor names into a new safetensors file. The same layers and seed give
 * the same bytes.
 *
 * @param seed 0 … 2³² − 1.
 */
export async function writeHeWeights(
  path: string,
  layers: readonly VggLayer[],
  seed: number,
  onProgress: (progress: InitProgress) => void = () => {},
  signal?: AbortSignal,
): Promise<void> {
  const specs = [...vggTensors(layers, 'torchvision').values()].flatMap((tensors) => [...tensors]);
  const tensors: TensorDeclaration[] = specs.map(([, spec]) => ({ ...spec, dtype: 'F32' }));
  await writeSafetensors(path, tensors, heBlocks(specs, seed, onProgress, signal));
}

function* heBlocks(
  specs: readonly (readonly [TensorRole, TensorSpec])[],
  seed: number,
  onProgress: (progress: InitProgress) => void,
  signal: AbortSignal | undefined,
): Iterable<Uint8Array> {
  const source = new NormalSource(seed);
  const buffer = new Float32Array(blockLength);
  const total = specs.reduce((sum, [, { shape }]) => sum + product(shape), 0);
  let done = 0;
  for (const [role, { shape }] of specs) {
    const [, ...inputs] = shape;
    const sigma = Math.sqrt(2 / product(inputs));
    for (let left = product(shape); left > 0; left -= blockLength) {
      signal?.throwIfAborted();
      const block = buffer.subarray(0, Math.min(left, blockLength));
      if (inputs.length > 0) source.fill(block, sigma);
      else block.fill(role === 'weight' || role === 'running_var' ? 1 : 0);
      yield new Uint8Array(block.buffer, 0, block.byteLength);
      done += block.length;
      onProgress({ done, total });
    }
  }
}

function product(sides: readonly number[]): number {
  return sides.reduce((result, side) => result * side, 1);
}
