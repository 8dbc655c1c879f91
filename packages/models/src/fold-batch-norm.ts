/** A batch norm taken into the convolution before it: one multiplication and one addition less per value. */
import { batchNormEpsilon } from './vgg-layers.ts';

export interface BatchNormTensors {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  readonly running_mean: Float32Array;
  readonly running_var: Float32Array;
}

export interface FoldedBatchNorm {
  /** The convolution's weights are multiplied by this, per output channel. */
  readonly scale: Float64Array;
  /** The convolution's new bias. */
  readonly bias: Float64Array;
}

/**
 * ((Wx + b) − mean) · γ/√(var + ε) + β = (s·W)x + (s·(b − mean) + β) with s = γ/√(var + ε): the same numbers, but for
 * rounding; the arithmetic here is float64, so the only rounding that counts is the one of whoever stores the result.
 *
 * @param bias the convolution's.
 */
export function foldBatchNorm(bias: Float32Array, batchNorm: BatchNormTensors): FoldedBatchNorm {
  const scale = Float64Array.from(
    batchNorm.weight,
    (gamma, channel) => gamma / Math.sqrt(batchNorm.running_var[channel]! + batchNormEpsilon),
  );
  return {
    scale,
    bias: Float64Array.from(
      bias,
      (value, channel) =>
        (value - batchNorm.running_mean[channel]!) * scale[channel]! + batchNorm.bias[channel]!,
    ),
  };
}
