/** Want of memory is the surroundings' fault: batches become smaller, and every image gets its labels. */

import { join } from 'node:path';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import { readBundle } from '@labelmill/models/read-bundle';
import { createLogger } from '@labelmill/shared/logging';
import type { EngineConfig } from '@labelmill/worker/engine/protocol';
import { EngineClient } from '@labelmill/worker/supervisor/engine-client';
import { expect, test } from 'vitest';
import { photo, photoNames } from './fixture-uris.ts';
import { miniEngineConfig } from './mini-engine.ts';

const uris = Array.from({ length: 45 }, (_, i) => photo(photoNames[i % photoNames.length]!).href);

/** An engine client over real engines that have memory for so many images a batch. */
async function littleMemory(images: number, changes: Partial<EngineConfig>, after = 1) {
  const lines: { batch: number; next: number }[] = [];
  let ended = 0;
  const log = createLogger(
    { name: 'test', level: 'warn' },
    { write: (line) => void lines.push(JSON.parse(line)) },
  );
  const preload = new URL('./little-memory.ts', import.meta.url).href;
  const client = await EngineClient.start({
    config: { ...(await miniEngineConfig()), ...changes },
    manifest: (await readBundle(join(builtInBundles, 'vgg-mini-fp32'))).manifest,
    env: {
      ...process.env,
      NODE_OPTIONS: `--import=${preload}`,
      LITTLE_MEMORY: String(images),
      LITTLE_MEMORY_AFTER: String(after),
    },
    bounds: { silenceMs: 60_000, memoryBytes: 8e9 },
    log,
    onResult: () => ended++,
    onStages: () => {},
  });
  return { client, lines, ended: () => ended };
}

const forever = new AbortController().signal;

test('an engine that runs out of memory is followed by one of smaller batches, and no image is lost or blamed', async () => {
  const { client, lines, ended } = await littleMemory(4, { batch: 16 });
  await using _ = client;
  const results = await client.label(uris, {}, forever);
  expect(results.map(({ status }) => status)).toEqual(uris.map(() => 'ok'));
  expect(ended()).toBe(uris.length);
  // 16 → 8 → 4, which fits
  expect(lines.map(({ batch, next }) => [batch, next])).toEqual([
    [16, 8],
    [8, 4],
  ]);
});

test('graphs of fixed size are followed by the next smaller one of the bundle', async () => {
  const config = await miniEngineConfig();
  const bundle = { ...config.bundle, graph: 'model-b32.onnx', graphBatch: 32 };
  const { client, lines } = await littleMemory(8, { batch: 32, bundle });
  await using _ = client;
  const results = await client.label(uris, {}, forever);
  expect(results.map(({ status }) => status)).toEqual(uris.map(() => 'ok'));
  expect(lines.map(({ next }) => next)).toEqual([16, 8]);
});

test('an engine without the memory to start starts with smaller batches', async () => {
  const { client, lines } = await littleMemory(4, { batch: 16 }, 0);
  await using _ = client;
  expect((await client.label(uris.slice(0, 5), {}, forever)).map(({ status }) => status)).toEqual(
    Array.from({ length: 5 }, () => 'ok'),
  );
  expect(lines.map(({ next }) => next)).toEqual([8, 4]);
});

test('memory for not even one image is an outage, never an error record', async () => {
  const { client } = await littleMemory(0, { batch: 2 });
  await using _ = client;
  for (const result of await client.label(uris, {}, forever)) {
    expect(result).toMatchObject({ status: 'outage', code: 'engine_failed' });
  }
});
