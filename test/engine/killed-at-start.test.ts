/** An engine that dies while it starts is started again, for as long as its client wants one. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import { readBundle } from '@labelmill/models/read-bundle';
import { createLogger } from '@labelmill/shared/logging';
import { EngineClient } from '@labelmill/worker/supervisor/engine-client';
import { expect, test } from 'vitest';
import { allGone, descendant } from '../parts/process-tree.ts';
import { photo, photoNames } from './fixture-uris.ts';
import { miniEngineConfig } from './mini-engine.ts';

test('an engine killed again while its successor loads is an outage that passes, not the end of its worker', async () => {
  const { promise: failed, resolve: onFailed } = Promise.withResolvers<void>();
  const log = createLogger(
    { name: 'test', level: 'error' },
    { write: (line) => line.includes('engine cannot start') && onFailed() },
  );
  await using client = await EngineClient.start({
    config: await miniEngineConfig(),
    manifest: (await readBundle(join(builtInBundles, 'vgg-mini-fp32'))).manifest,
    env: process.env,
    bounds: { silenceMs: 60_000, memoryBytes: 8e9 },
    log,
    onResult: () => {},
    onStages: () => {},
  });
  // The first successor is killed as soon as there is a process.
  for (let kills = 0; kills < 2; kills++) {
    const { pid } = await descendant(process.pid, 'engine/main');
    process.kill(pid, 'SIGKILL');
    await allGone([pid]);
  }
  await failed;
  const uris = photoNames.map((name) => photo(name).href);
  const forever = new AbortController().signal;
  const [first] = await client.label(uris, {}, forever);
  expect(first).toMatchObject({ status: 'outage', code: 'engine_failed' });
  for (;;) {
    const statuses = new Set((await client.label(uris, {}, forever)).map(({ status }) => status));
    expect(statuses.has('error')).toBe(false);
    if (statuses.has('ok')) break;
    await delay(50);
  }
});
