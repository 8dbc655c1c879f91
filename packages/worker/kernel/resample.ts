/**
 * AssemblyScript: the two passes of Pillow's resampling over 8-bit RGB, four sums at a time. scripts/compile-kernel.ts
 * compiles it into src/engine/resample-kernel.ts. Every address is in bytes; the caller lays memory out.
 *
 * A window is where an output pixel's source pixels begin (`first`, one i32 each), and `taps` weights of 22 bits after
 * the point (i32). Windows of fewer source pixels end in weights of zero, which may read past the row, but not past the
 * memory. Sums stay below 2^31: weights of a window add up to 2^22, and pixels are at most 255.
 */

const weightBits = 22;

/**
 * Rows of 3-byte pixels, `sourceStride` apart, become rows of `length` pixels, `stride` apart. Writes one byte past
 * each row.
 */
export function narrowRows(
  source: usize,
  sourceStride: usize,
  rows: i32,
  first: usize,
  weights: usize,
  taps: usize,
  length: i32,
  target: usize,
  stride: usize,
): void {
  const half = i32x4.splat(1 << (weightBits - 1));
  for (let row = 0; row < rows; row++) {
    let to = target;
    let weight = weights;
    for (let i = 0; i < length; i++) {
      let at = source + <usize>load<i32>(first + ((<usize>i) << 2)) * 3;
      const end = weight + (taps << 2);
      let sum = half;
      while (weight < end) {
        // Red, green, blue, and the next pixel's red, which comes to nothing.
        const pixel = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(at)));
        sum = i32x4.add(sum, i32x4.mul(pixel, v128.load32_splat(weight)));
        at += 3;
        weight += 4;
      }
      const bytes = i32x4.shr_u(sum, weightBits);
      v128.store_lane<u32>(
        to,
        i8x16.shuffle(bytes, bytes, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12),
        0,
      );
      to += 3;
    }
    source += sourceStride;
    target += stride;
  }
}

/** Rows of `stride` bytes, a multiple of 16, become `length` rows of the same size. */
export function joinRows(
  source: usize,
  stride: usize,
  first: usize,
  weights: usize,
  taps: usize,
  length: i32,
  target: usize,
): void {
  const half = i32x4.splat(1 << (weightBits - 1));
  for (let i = 0; i < length; i++) {
    const top = source + <usize>load<i32>(first + ((<usize>i) << 2)) * stride;
    const end = weights + (taps << 2);
    for (let x: usize = 0; x < stride; x += 16) {
      let at = top + x;
      let a = half;
      let b = half;
      let c = half;
      let d = half;
      for (let weight = weights; weight < end; weight += 4) {
        const bytes = v128.load(at);
        const w = v128.load32_splat(weight);
        const low = i16x8.extend_low_i8x16_u(bytes);
        const high = i16x8.extend_high_i8x16_u(bytes);
        a = i32x4.add(a, i32x4.mul(i32x4.extend_low_i16x8_u(low), w));
        b = i32x4.add(b, i32x4.mul(i32x4.extend_high_i16x8_u(low), w));
        c = i32x4.add(c, i32x4.mul(i32x4.extend_low_i16x8_u(high), w));
        d = i32x4.add(d, i32x4.mul(i32x4.extend_high_i16x8_u(high), w));
        at += stride;
      }
      const ab = i16x8.narrow_i32x4_u(i32x4.shr_u(a, weightBits), i32x4.shr_u(b, weightBits));
      const cd = i16x8.narrow_i32x4_u(i32x4.shr_u(c, weightBits), i32x4.shr_u(d, weightBits));
      v128.store(target + x, i8x16.narrow_i16x8_u(ab, cd));
    }
    weights = end;
    target += stride;
  }
}
