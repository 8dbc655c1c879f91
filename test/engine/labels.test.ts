/** The whole engine against PyTorch and Pillow (see "how" in ../fixtures/vgg-mini.expected.json). */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { photo } from './fixture-uris.ts';
import { startMiniEngine } from './mini-engine.ts';

interface ExpectedLabel {
  readonly index: number;
  readonly score: number;
}
const { photos } = JSON.parse(
  readFileSync(new URL('../fixtures/vgg-mini.expected.json', import.meta.url), 'utf8'),
) as { photos: Record<string, ExpectedLabel[]> };

test('vgg-mini gives the photos the labels that PyTorch gives them', async () => {
  await using mini = await startMiniEngine();
  const names = Object.keys(photos);
  expect(names).toHaveLength(15);
  const results = await mini.label(names.map((name) => photo(name).href));
  results.forEach((result, i) => {
    const expected = photos[names[i]!]!;
    if (result.status !== 'ok') throw new Error(`${names[i]}: ${JSON.stringify(result)}`);
    expect(result.version).not.toBeNull();
    expected.forEach(({ index, score }, rank) => {
      expect(Math.abs(result.scores[rank]! - score)).toBeLessThan(0.01);
      // Labels whose scores tie may come in either order.
      const tied = expected.filter((other) => Math.abs(other.score - score) < 1e-3);
      expect(
        tied.some((other) => other.index === result.indices[rank]),
        `${names[i]} ${index}`,
      ).toBe(true);
    });
  });
});
