/** What is done to each output channel of a layer behind its weights: bias, and batch norm where there is one. */
import { readFloats } from './float-source.ts';
import type { QuantisableLayer } from './layers.ts';

export interface ChannelAffine {
  /** Factor on the channel's weights. */
  readonly factor: Float64Array;
  /** Added behind them; null for a layer with neither bias nor batch norm. */
  readonly shift: Float64Array | null;
}

/**
 * Batch norm (arXiv 1502.03167) of x·w + b is γ·(x·w + b − μ)/√(σ² + ε) + β: with f = γ/√(σ² + ε) that is
 * x·(f·w) + f·(b − μ) + β.
 */
export async function channelAffine(
  modelPath: string,
  { weight, bias, norm }: QuantisableLayer,
): Promise<ChannelAffine> {
  const channels = Number(weight.dims[0]);
  const own = bias === null ? null : await readFloats(modelPath, bias);
  if (norm === null) {
    return {
      factor: new Float64Array(channels).fill(1),
      shift: own === null ? null : Float64Array.from(own),
    };
  }
  const [scale, beta, mean, variance] = (await Promise.all(
    [norm.scale, norm.bias, norm.mean, norm.variance].map((tensor) => readFloats(modelPath, tensor)),
  )) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const factor = Float64Array.from(scale, (gamma, channel) => {
    return gamma / Math.sqrt((variance[channel] ?? 0) + norm.epsilon);
  });
  const shift = Float64Array.from(factor, (by, channel) => {
    return by * ((own?.[channel] ?? 0) - (mean[channel] ?? 0)) + (beta[channel] ?? 0);
  });
  return { factor, shift };
}
