import { expect, test } from 'vitest';
import { MeanPosteriors } from './mean-posteriors.ts';

test('scores are brought into class order before they are averaged', () => {
  const mean = new MeanPosteriors();
  // Classes 0, 1, 2: [0.2, 0.3, 0.5] and [0.6, 0.1, 0.3]; a third row is not counted.
  mean.add(
    {
      k: 3,
      score: Float32Array.of(0.5, 0.3, 0.2, 0.6, 0.3, 0.1, 1, 0, 0),
      index: BigInt64Array.of(2n, 1n, 0n, 0n, 2n, 1n, 1n, 0n, 2n),
    },
    2,
  );
  const { indices, scores } = mean.best(2);
  expect(indices).toEqual([0, 2]);
  scores.forEach((score) => void expect(score).toBeCloseTo(0.4, 6));
  mean.add({ k: 3, score: Float32Array.of(1, 0, 0), index: BigInt64Array.of(1n, 0n, 2n) }, 1);
  expect(mean.best(1).indices).toEqual([1]);
  expect(mean.best(3).scores[0]).toBeCloseTo(1.4 / 3, 6);
});
