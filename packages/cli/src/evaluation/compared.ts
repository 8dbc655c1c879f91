/** Two bundles' answers to the images whose classes both have. */
import { type Comparison, ComparisonCount } from '@labelmill/models/accuracy/comparison-count';
import type { Bundle } from '@labelmill/models/bundle-schema';
import type { Answer } from './engine-answers.ts';
import type { KnownImage } from './evaluation.ts';

export interface AnsweredBundle {
  readonly bundle: Bundle;
  readonly known: readonly KnownImage[];
  /** In the order of `known`. */
  readonly answers: readonly Answer[];
}

/** Null where no image was answered by both. */
export function compared(first: AnsweredBundle, second: AnsweredBundle): Comparison | null {
  const count = new ComparisonCount();
  const inSecond = new Map(second.known.map(({ place }, at) => [place, at]));
  for (const [at, { place, truth }] of first.known.entries()) {
    const other = inSecond.get(place);
    if (other === undefined) continue;
    const [one, two] = [first.answers[at], second.answers[other]];
    if (one?.status !== 'ok' || two?.status !== 'ok') continue;
    const oneRight = one.indices[0] === truth;
    const twoRight = two.indices[0] === second.known[other]?.truth;
    // Two models may have other ids for the same class; where both are right they have said the same.
    const agree = (oneRight && twoRight) || bestId(first.bundle, one) === bestId(second.bundle, two);
    count.add(oneRight, twoRight, agree);
  }
  return count.result();
}

function bestId(
  { manifest }: Bundle,
  { indices }: { readonly indices: readonly number[] },
): string | undefined {
  return manifest.classes[indices[0] ?? -1]?.id;
}
