/**
 * The arithmetic of 8-bit quantisation: real ≈ scale · (integer − zero point). ONNX's QuantizeLinear and
 * DequantizeLinear, opset 13; the choice of scales is that of Krishnamoorthi, "Quantizing deep convolutional networks
 * for efficient inference" (arXiv 1806.08342), sections 2.1 and 3.1.
 */

/** The real numbers that an activation takes, or is clipped to. */
export interface RealRange {
  readonly low: number;
  readonly high: number;
}

export interface AffineScale {
  readonly scale: number;
  /** The integer that stands for 0: 0 … 255. */
  readonly zeroPoint: number;
}

/**
 * uint8 over a range, which is widened to hold 0, so that zero padding and ReLU's zeros are exact. Behind ReLU the zero
 * point is therefore 0.
 *
 * @throws TypeError if the range is not finite.
 */
export function activationScale({ low, high }: RealRange): AffineScale {
  const below = Math.max(-low, 0);
  const width = Math.max(high, 0) + below;
  if (!Number.isFinite(width)) throw new TypeError(`no scale for a range of ${low} to ${high}`);
  // Of numbers that are all 0 any scale is right.
  if (width === 0) return { scale: 1, zeroPoint: 0 };
  const scale = Math.fround(width / 255);
  return { scale, zeroPoint: Math.min(255, roundHalfToEven(below / scale)) };
}

/** Largest magnitude of a weight: 127, or 64 where the CPU would overflow (cpu-features.ts). −128 is never used. */
export type WeightLimit = 127 | 64;

/**
 * The symmetric scale of one output channel's weights.
 *
 * @param floor least scale, so that the channel's bias fits into 32 bits (see `biasFloor`).
 */
export function weightScale(weights: Float32Array, limit: WeightLimit, floor: number): number {
  let largest = 0;
  for (const weight of weights) largest = Math.max(largest, Math.abs(weight));
  return Math.fround(Math.max(largest / limit, floor)) || 1;
}

/** round(weight / scale), half to even, into `into`; both of one length. */
export function quantiseWeights(
  weights: Float32Array,
  scale: number,
  limit: WeightLimit,
  into: Int8Array,
): void {
  for (let place = 0; place < weights.length; place++) {
    const integer = roundHalfToEven((weights[place] ?? 0) / scale);
    into[place] = Math.max(-limit, Math.min(limit, integer));
  }
}

/** The scale of a bias is that of the products it is added to. */
export function biasScale(inputScale: number, weightsScale: number): number {
  return Math.fround(inputScale * weightsScale);
}

/** round(bias / scale) in 32 bits. */
export function quantiseBias(bias: number, scale: number): number {
  return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, roundHalfToEven(bias / scale)));
}

/**
 * The least weight scale with which a bias stays within half of 32 bits. Only dead channels need it: their weights are
 * next to 0, as behind a folded batch norm, and their bias is all they give.
 */
export function biasFloor(bias: number, inputScale: number): number {
  return Math.abs(bias) / (inputScale * 2 ** 30);
}

/** As ONNX rounds; Math.round takes halves up. */
function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
