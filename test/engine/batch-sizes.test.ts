/** The engine tries batch sizes on the images it labels. */
import { startEngine } from '@labelmill/worker/engine/spawn-engine';
import { expect, test } from 'vitest';
import { photo, photoNames } from './fixture-uris.ts';
import { miniEngineConfig } from './mini-engine.ts';

async function label(count: number): Promise<{ found: number[]; ids: number[] }> {
  const [found, ids]: [number[], number[]] = [[], []];
  const config = { ...(await miniEngineConfig()), batch: 2, trySizes: [1, 2] };
  const engine = await startEngine(config, {
    env: process.env,
    onBatch: (batch) => found.push(batch),
    onResults: (results) => ids.push(...results.map(({ id }) => id)),
  });
  engine.label(
    Array.from({ length: count }, (_, id) => ({
      id,
      uri: photo(photoNames[id % photoNames.length]!).href,
    })),
  );
  await engine.close();
  return { found, ids: ids.sort((a, b) => a - b) };
}

test('a long run finds one of the sizes, once, and every image is labelled once', async () => {
  const { found, ids } = await label(400);
  expect(found).toHaveLength(1);
  expect([1, 2]).toContain(found[0]);
  expect(ids).toEqual(Array.from({ length: 400 }, (_, id) => id));
});

test('a short run is left alone', async () => {
  expect((await label(60)).found).toEqual([]);
});
