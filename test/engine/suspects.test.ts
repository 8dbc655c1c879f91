/** Which images are blamed when engines are killed: those that end one after the other, and no others. */
import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ImageResult } from '@labelmill/worker/engine/protocol';
import { expect, test } from 'vitest';
import { repository } from '../parts/labelmill.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';
import { startWatchedEngine, type WatchedEngine } from '../parts/watched-engine.ts';
import { photo, photoNames } from './fixture-uris.ts';
import { miniEngineConfig } from './mini-engine.ts';

const preload = pathToFileURL(join(repository, 'test/parts/poison-decoder.ts')).href;

const poisonous = { ...process.env, NODE_OPTIONS: `--import=${preload}` };

interface Labelled {
  readonly results: ImageResult[];
  readonly engine: WatchedEngine;
}

/** Labels the example photos, of which those at these places have such a harm. */
async function label(harms: ReadonlyMap<number, string>, silenceMs?: number): Promise<Labelled> {
  await using folder = await temporaryFolder();
  const kills = join(folder.path, 'kills');
  await mkdir(kills);
  const uris = await poisonedPhotos(folder.path, harms);
  await using engine = await startWatchedEngine({ ...poisonous, POISON_KILLS: kills }, silenceMs);
  return { results: await engine.label(uris), engine };
}

async function poisonedPhotos(folder: string, harms: ReadonlyMap<number, string>): Promise<string[]> {
  const uris = [];
  for (const [place, name] of photoNames.entries()) {
    const path = join(folder, name);
    await copyFile(photo(name), path);
    const harm = harms.get(place);
    if (harm !== undefined)
      await writeFile(path, Buffer.concat([await readFile(path), Buffer.from(`poison:${harm}`)]));
    uris.push(pathToFileURL(path).href);
  }
  return uris;
}

const codes = (results: readonly ImageResult[]) =>
  results.map((result) => (result.status === 'error' ? result.code : result.status));

test('an image whose engine is killed once beside others and once while it is alone gets its label', async () => {
  const { results, engine } = await label(new Map([[3, 'unlucky']]));
  expect(codes(results)).toEqual(photoNames.map(() => 'ok'));
  expect(engine.deaths).toBe(2);
  expect(engine.quarantined).toBe(0);
});

test('images that end every engine are quarantined after two each that they had alone; the others get labels', async () => {
  const { results, engine } = await label(
    new Map([
      [2, 'abort'],
      [9, 'abort'],
    ]),
  );
  expect(codes(results)).toEqual(
    photoNames.map((_, place) => (place === 2 || place === 9 ? 'crashed_decoder' : 'ok')),
  );
  expect(engine.quarantined).toBe(2);
  // The one that both were in, and two for each.
  expect(engine.deaths).toBe(5);
});

test('an image that the decoder never returns from ends as one too, because an engine that falls silent is ended', async () => {
  const { results, engine } = await label(new Map([[5, 'loop']]), 2_000);
  expect(codes(results)).toEqual(photoNames.map((_, place) => (place === 5 ? 'crashed_decoder' : 'ok')));
  expect(results[5]).toMatchObject({ message: expect.stringContaining('said nothing for 2 s') });
  expect(engine.deaths).toBe(3);
});

test('an image that hangs one of several loaders is found out while the others go on', async () => {
  await using folder = await temporaryFolder();
  const [hanging = '', other = ''] = await poisonedPhotos(folder.path, new Map([[0, 'loop']]));
  await using engine = await startWatchedEngine(poisonous, 2_000, { loaderThreads: 2 });
  let over = false;
  const hung = engine.label([hanging]).finally(() => {
    over = true;
  });
  const others: ImageResult[] = [];
  // One at a time goes to the loader that holds none, so that the engine is never silent.
  while (!over) others.push(...(await engine.label([other])));
  expect(codes(await hung)).toEqual(['crashed_decoder']);
  expect(new Set(codes(others))).toEqual(new Set(['ok']));
});

test('images that native code never comes back from cost no other image its time', async () => {
  await using folder = await temporaryFolder();
  const pipe = join(folder.path, 'pipe');
  execFileSync('mkfifo', [pipe]);
  // More than there are threads to decode: without an engine that is ended in between, none would be left for the others.
  const hanging = photoNames.map((_, place) => place).slice(0, 11);
  const uris = await poisonedPhotos(folder.path, new Map(hanging.map((place) => [place, 'thread'])));
  const limits = { ...(await miniEngineConfig()).limits, decodeTimeoutMs: 1_500 };
  await using engine = await startWatchedEngine({ ...poisonous, POISON_PIPE: pipe }, 60_000, { limits });
  expect(codes(await engine.label(uris))).toEqual(
    uris.map((_, place) => (hanging.includes(place) ? 'decode_timeout' : 'ok')),
  );
  // It ends in order, and nobody is a suspect.
  expect(engine.deaths).toBe(0);
  expect(engine.quarantined).toBe(0);
});
