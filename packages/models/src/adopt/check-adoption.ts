/** Runs the old graph and the new one on the same images: the same classes must come first, with the same scores. */
import { messageOf, UsageError } from '@labelmill/shared/errors';
import { Xoshiro128 } from '../xoshiro128.ts';
import type { GraphTensor, OpenGraph } from './open-graph.ts';
import { referenceInput } from './reference-input.ts';
import type { Wrapping } from './wrap-graph.ts';

/** Share of an image's largest score by which the same sums in another order may differ. */
const tolerance = 1e-4;

export interface AdoptionCheck {
  readonly images: number;
  /** Largest |Δscore| over all of them. */
  readonly worst: number;
}

/**
 * @param original path of the graph as it came; `adopted` of the new one.
 * @throws UsageError `unloadable` where the original does not run, `fixed_batch` where the new one does not run several
 * images at once, `differs`, naming the image and the class.
 */
export async function checkAdoption(
  original: string,
  adopted: string,
  wrapping: Wrapping,
  openGraph: OpenGraph,
): Promise<AdoptionCheck> {
  const { batch, size } = wrapping.input;
  const rows = 2 * (batch ?? 1);
  const pixels = noise(rows * size * size * 3);
  const expected = await refusing('unloadable', 'the original does not run', () =>
    originalScores(original, pixels, rows, wrapping, openGraph),
  );
  const { score, index } = await refusing(
    'fixed_batch',
    `it does not run ${rows} images at once`,
    async () => {
      await using graph = await openGraph(adopted);
      return await graph.run({ image: { type: 'uint8', data: pixels, dims: [rows, size, size, 3] } });
    },
  );
  return compare(expected, score?.data as Float32Array, index?.data as BigInt64Array, wrapping.k);
}

/** Uniform random bytes, each image of another brightness, always the same. */
function noise(bytes: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(bytes / 4));
  Xoshiro128.seeded(1).fill(words);
  return new Uint8Array(words.buffer, 0, bytes);
}

async function originalScores(
  path: string,
  pixels: Uint8Array,
  rows: number,
  wrapping: Wrapping,
  openGraph: OpenGraph,
): Promise<Float64Array[]> {
  const { input, output } = wrapping;
  const perRun = input.batch ?? rows;
  const imageBytes = pixels.length / rows;
  await using graph = await openGraph(path);
  const scores: Float64Array[] = [];
  for (let row = 0; row < rows; row += perRun) {
    const images = pixels.subarray(row * imageBytes, (row + perRun) * imageBytes);
    const outputs = await graph.run({ [input.name]: referenceInput(images, perRun, wrapping) });
    const { data } = outputs[output.name] as GraphTensor & { data: Float32Array };
    if (data.length !== perRun * output.classes)
      throw new Error(`output ${output.name} has ${data.length} numbers`);
    for (let image = 0; image < perRun; image++) {
      const raw = data.subarray(image * output.classes, (image + 1) * output.classes);
      scores.push(activated(raw, wrapping.activation));
    }
  }
  return scores;
}

function activated(raw: Float32Array, activation: Wrapping['activation']): Float64Array {
  if (activation === 'none') return Float64Array.from(raw);
  if (activation === 'sigmoid') return Float64Array.from(raw, (logit) => 1 / (1 + Math.exp(-logit)));
  const largest = raw.reduce((a, b) => Math.max(a, b));
  const powers = Float64Array.from(raw, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

function compare(
  expected: Float64Array[],
  score: Float32Array,
  index: BigInt64Array,
  k: number,
): AdoptionCheck {
  let worst = 0;
  for (const [image, scores] of expected.entries()) {
    const best = scores.toSorted((a, b) => b - a);
    const allowed = tolerance * Math.max(...scores.map(Math.abs));
    for (let rank = 0; rank < k; rank++) {
      const place = image * k + rank;
      const found = score[place] ?? Number.NaN;
      const label = Number(index[place]);
      // Both: the score is that class's own, and no better class was passed over; ties may come in any order.
      const differences = [found - (scores[label] ?? Number.NaN), found - (best[rank] ?? Number.NaN)];
      const difference = Math.max(...differences.map(Math.abs));
      if (!(difference <= allowed)) {
        const scored = `image ${image}, class ${label}: ${found} instead of ${scores[label]}`;
        throw new UsageError('differs', `the adopted graph gives other scores than the original: ${scored}`);
      }
      worst = Math.max(worst, difference);
    }
  }
  return { images: expected.length, worst };
}

async function refusing<T>(code: string, what: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    const [reason = ''] = messageOf(cause).split('\n');
    throw new UsageError(code, `${what}: ${reason.slice(0, 300)}`, { cause });
  }
}
