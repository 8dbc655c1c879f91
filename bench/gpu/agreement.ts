/** How near one graph's scores come to another's. */
import type { GraphScores } from './graph-scores.ts';

export interface Agreement {
  /** Share of the images with the same best class. */
  readonly sameBest: number;
  /** The largest difference of a class's two scores, over its score, of all classes that both name. */
  readonly largestRelative: number;
}

export function agreement(reference: GraphScores, other: GraphScores): Agreement {
  let same = 0;
  let largestRelative = 0;
  reference.images.forEach(({ scores, classes }, image) => {
    const found = other.images[image]!;
    if (classes[0] === found.classes[0]) same += 1;
    classes.forEach((label, place) => {
      const there = found.classes.indexOf(label);
      if (there < 0) return;
      const score = scores[place]!;
      largestRelative = Math.max(largestRelative, Math.abs(found.scores[there]! - score) / score);
    });
  });
  return { sameBest: same / reference.images.length, largestRelative };
}
