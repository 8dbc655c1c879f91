/** A short fuzzing of the image path for every change; main.ts beside it does it for hours. */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ImageError } from '@labelmill/shared/errors';
import { decodeImage } from '@labelmill/worker/engine/decode';
import { expect, test } from 'vitest';
import { photo } from '../../engine/fixture-uris.ts';
import { limits } from '../../engine/mini-engine.ts';
import { repository } from '../../parts/labelmill.ts';
import { temporaryFolder } from '../../parts/temp-folder.ts';
import { startWatchedEngine } from '../../parts/watched-engine.ts';
import { OutcomeTable } from '../outcome-table.ts';
import { Random } from '../random.ts';
import { fuzzImages, wrongWith } from './fuzz-images.ts';
import { imageFormats } from './image-parts.ts';
import { imageSeeds } from './image-seeds.ts';
import { mutantOf } from './mutate-image.ts';

const seed = 20_260_101;
const mutants = 1500;

test('every mutant of an image ends as one valid record, and the engine lives on', async () => {
  await using folder = await temporaryFolder();
  await using engine = await startWatchedEngine(process.env);
  const table = new OutcomeTable();
  const violations = await fuzzImages({
    seed,
    from: 0,
    count: mutants,
    seeds: await imageSeeds(),
    engine,
    keep: join(repository, '.cache/fuzz/images'),
    scratch: join(folder.path, 'mutants'),
    goOn: () => true,
    onMutant: (format, outcome) => table.add(format, outcome),
  });
  console.log([`seed ${seed}`, ...table.lines()].join('\n'));
  expect(violations).toEqual([]);
  expect(table.total).toBe(mutants);
  // Mutants that all fail, or none of which does, would try little.
  expect(table.count('ok')).toBeGreaterThan(mutants / 10);
  expect(table.count('undecodable')).toBeGreaterThan(mutants / 10);
}, 240_000);

test('an image that ends the engine is counted and quarantined; those around it are labelled', async () => {
  await using folder = await temporaryFolder();
  const preload = pathToFileURL(join(repository, 'test/parts/poison-decoder.ts')).href;
  await using engine = await startWatchedEngine({ ...process.env, NODE_OPTIONS: `--import=${preload}` });
  const path = (name: string) => join(folder.path, name);
  await copyFile(photo('cat.jpg'), path('cat.jpg'));
  const poison = Buffer.concat([await readFile(photo('cat.jpg')), Buffer.from('poison:abort')]);
  await writeFile(path('poison.jpg'), poison);
  const uris = ['cat.jpg', 'poison.jpg', 'cat.jpg'].map((name) => pathToFileURL(path(name)).href);
  const results = await engine.label(uris);
  expect(results.map((result) => (result.status === 'ok' ? 'ok' : result.code))).toEqual([
    'ok',
    'crashed_decoder',
    'ok',
  ]);
  // The one that all were in, and two that it had alone.
  expect([engine.deaths, engine.quarantined]).toEqual([3, 1]);
}, 120_000);

test('a seed and a number give the same mutant again, and another number another one', async () => {
  const seeds = await imageSeeds();
  const bytes = (n: number) => Buffer.from(mutantOf(seeds, new Random(7, n)).bytes).toString('hex');
  expect(Array.from({ length: 50 }, (_, n) => bytes(n))).toEqual(
    Array.from({ length: 50 }, (_, n) => bytes(n)),
  );
  expect(new Set(Array.from({ length: 50 }, (_, n) => bytes(n))).size).toBe(50);
});

test('the seeds are whole images of every format', async () => {
  const preprocessing = { resize: 64, crop: 56, kernel: 'bilinear', colour: 1 } as const;
  const whole = new Set<string>();
  for (const { format, bytes } of await imageSeeds()) {
    const pixels = await decodeImage(bytes, preprocessing, limits).catch((error) => {
      if (!(error instanceof ImageError)) throw error;
    });
    if (pixels !== undefined) whole.add(format);
  }
  expect([...whole].toSorted()).toEqual(imageFormats.toSorted());
});

test('what is no record, has no known code or hides a bug of ours is a violation', () => {
  const error = { id: 1, status: 'error', version: null, message: 'm', retryable: false } as const;
  const classes = [{ id: 'a', label: 'A' }];
  expect(wrongWith({ ...error, code: 'undecodable' }, classes)).toBeNull();
  expect(wrongWith({ ...error, code: 'not_found' }, classes)).toContain('not_found');
  expect(wrongWith({ ...error, code: 'invented' as 'empty' }, classes)).toContain('no record');
  expect(wrongWith({ ...error, code: 'undecodable', message: 'offset is out of bounds' }, classes)).toContain(
    'bug',
  );
  expect(wrongWith({ id: 1, status: 'outage', code: 'x', message: 'm' }, classes)).toContain('outage');
  const ok = { id: 1, status: 'ok', version: null, indices: [0] } as const;
  expect(wrongWith({ ...ok, scores: [0.5] }, classes)).toBeNull();
  expect(wrongWith({ ...ok, scores: [Number.NaN] }, classes)).not.toBeNull();
});
