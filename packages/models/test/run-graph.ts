/** Runs one of a bundle's graphs on the CPU. */
import { InferenceSession, Tensor } from 'onnxruntime-node';

export interface GraphRun {
  readonly score: number[];
  readonly index: number[];
  /** Of a features graph. */
  readonly features: number[];
}

/** @param shape of the pixels, [N, H, W, 3]. */
export async function runGraph(
  path: string,
  pixels: Uint8Array,
  shape: readonly number[],
): Promise<GraphRun> {
  const session = await InferenceSession.create(path, { intraOpNumThreads: 1 });
  try {
    const { score, index, features } = await session.run({ image: new Tensor('uint8', pixels, shape) });
    return {
      score: Array.from(score?.data as Float32Array),
      index: Array.from(index?.data as BigInt64Array, Number),
      features: features === undefined ? [] : Array.from(features.data as Float32Array),
    };
  } finally {
    await session.release();
  }
}

/** The rows of scores in class order, out of a run that ranks all classes. */
export function byClass({ score, index }: GraphRun, classes: number): number[] {
  const rows = new Array<number>(score.length);
  index.forEach((place, rank) => {
    rows[Math.floor(rank / classes) * classes + place] = score[rank]!;
  });
  return rows;
}

/** Pixels without a pattern that a pooling could hide. */
export function somePixels(count: number): Uint8Array {
  return Uint8Array.from({ length: 3 * count }, (_, place) => (place * 31 + (place >> 5) * 17) % 251);
}

/** The largest relative error of the values. */
export function worstError(values: readonly number[], expected: readonly number[]): number {
  if (values.length !== expected.length) throw new RangeError(`${values.length} for ${expected.length}`);
  return values.reduce((worst, value, place) => Math.max(worst, Math.abs(value / expected[place]! - 1)), 0);
}
