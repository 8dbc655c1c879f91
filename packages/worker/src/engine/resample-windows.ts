/** Which source pixels each resized pixel is made of, and how much of each: Pillow's triangle filter. */

/** Pillow's PRECISION_BITS: weights are integers that sum to 2^22. */
const weightBits = 22;

/** Part of one axis of the resized image. */
export interface Span {
  /** Length of the whole axis before and after. */
  readonly from: number;
  readonly to: number;
  /** The part that is wanted, in resized pixels. */
  readonly start: number;
  readonly length: number;
}

/** For each wanted pixel: where its source pixels begin, and their `taps` weights. */
export interface Windows {
  readonly first: Int32Array;
  readonly weight: Int32Array;
  readonly taps: number;
}

export function windowsOf({ from, to, start, length }: Span): Windows {
  const scale = from / to;
  // Enlarging interpolates between neighbours; shrinking widens the triangle to cover every source pixel.
  const support = Math.max(scale, 1);
  const low = (centre: number) => Math.max(0, Math.trunc(centre - support + 0.5));
  const high = (centre: number) => Math.min(from, Math.trunc(centre + support + 0.5));
  const centres = Float64Array.from({ length }, (_, i) => (start + i + 0.5) * scale);
  const taps = centres.reduce((most, centre) => Math.max(most, high(centre) - low(centre)), 0);
  const first = new Int32Array(length);
  const weight = new Int32Array(length * taps);
  const exact = new Float64Array(taps);
  for (const [i, centre] of centres.entries()) {
    const begin = low(centre);
    const count = high(centre) - begin;
    let sum = 0;
    for (let k = 0; k < count; k++) {
      exact[k] = Math.max(0, 1 - Math.abs((begin + k - centre + 0.5) / support));
      sum += exact[k]!;
    }
    // All windows have the same size; one that would reach past the end begins earlier, with weights of zero.
    first[i] = Math.min(begin, from - taps);
    const place = i * taps + begin - first[i]!;
    for (let k = 0; k < count; k++) {
      weight[place + k] = Math.trunc(0.5 + (exact[k]! / sum) * (1 << weightBits));
    }
  }
  return { first, weight, taps };
}
