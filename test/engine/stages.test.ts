/** What the engine says of its own time, over real images. */
import { addStages, noStages } from '@labelmill/shared/stages/stage-totals';
import { startEngine } from '@labelmill/worker/engine/spawn-engine';
import { expect, test } from 'vitest';
import { fixture, photo, photoNames } from './fixture-uris.ts';
import { miniEngineConfig } from './mini-engine.ts';

test('every image is in the sums once when its result is there', async () => {
  const sums = noStages();
  const config = { ...(await miniEngineConfig()), batch: 8, loaderThreads: 2 };
  const began = performance.now();
  const engine = await startEngine(config, {
    env: process.env,
    onResults: (_, stages) => addStages(sums, stages),
  });
  const uris = [
    ...Array.from({ length: 60 }, (_, i) => photo(photoNames[i % photoNames.length]!).href),
    // read and decoded, in vain
    fixture('truncated.jpg').href,
    // read, in vain
    fixture('missing.jpg').href,
  ];
  engine.label(uris.map((uri, id) => ({ id, uri })));
  await engine.close();
  const wall = (performance.now() - began) / 1000;

  expect(sums).toMatchObject({ fetched: 62, decoded: 61, inferred: 60 });
  // 60 images in batches of at most 8
  expect(sums.batches).toBeGreaterThanOrEqual(Math.ceil(60 / 8));
  expect(sums.batches).toBeLessThanOrEqual(60);
  for (const field of ['fetch', 'decode', 'infer'] as const) expect(sums[field]).toBeGreaterThan(0);
  // Nothing is busy longer than all of its places.
  expect(sums.decode).toBeLessThanOrEqual(wall * config.loaderThreads * config.decodeConcurrency);
  expect(sums.fetch + sums.decodeWait).toBeLessThanOrEqual(
    wall * config.loaderThreads * config.fetchConcurrency,
  );
  expect(sums.inferBusy + sums.batchWait).toBeLessThanOrEqual(wall);
  expect(sums.infer).toBeLessThanOrEqual(sums.inferBusy);
});
