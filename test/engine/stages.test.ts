/** What the engine says of its own time, over real images. */
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { addStages, noStages } from '@labelmill/shared/stages/stage-totals';
import { memberUri } from '@labelmill/shared/tar/member-uri';
import { tarMembers } from '@labelmill/shared/tar/tar-members';
import { startEngine } from '@labelmill/worker/engine/spawn-engine';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../parts/temp-folder.ts';
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

test('images of a shard are in the sums as they are outside of it', async () => {
  await using folder = await temporaryFolder();
  const shard = join(folder.path, 'shard.tar');
  await promisify(execFile)('tar', [
    '-C',
    fileURLToPath(new URL('.', photo('x'))),
    '-cf',
    shard,
    ...photoNames,
  ]);
  const uri = pathToFileURL(shard).href;
  const { size } = await stat(shard);
  const members = await Array.fromAsync(tarMembers(uri, createReadStream(shard), 0, size), memberUri);
  const config = { ...(await miniEngineConfig()), batch: 8, loaderThreads: 2 };
  const counted = async (uris: readonly string[]) => {
    const sums = noStages();
    const engine = await startEngine(config, {
      env: process.env,
      onResults: (_, stages) => addStages(sums, stages),
    });
    engine.label(uris.map((uri, id) => ({ id, uri })));
    await engine.close();
    const { fetched, fetchedBytes, decoded, inferred } = sums;
    return { fetched, fetchedBytes, decoded, inferred };
  };
  expect(members).toHaveLength(photoNames.length);
  expect(await counted(members)).toEqual(await counted(photoNames.map((name) => photo(name).href)));
});
