import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type BatchCase, rememberBatch, rememberedBatch } from './remembered-batch.ts';

const here: BatchCase = { bundle: 'sha256:a', provider: 'cpu', cpu: 'Some CPU @ 2 GHz', cores: 2 };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'labelmill-batch-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('remembers a size for the machine and bundle it was found for, and no other', async () => {
  const cache = join(folder, 'not/there/yet');
  expect(await rememberedBatch(cache, here)).toBeNull();
  expect(await rememberBatch(cache, here, 16)).toBe(true);
  expect(await rememberedBatch(cache, here)).toBe(16);
  for (const other of [
    { bundle: 'sha256:b' },
    { provider: 'cuda' },
    { cpu: 'Other' },
    { cores: 4 },
  ] as const) {
    expect(await rememberedBatch(cache, { ...here, ...other })).toBeNull();
  }
  await rememberBatch(cache, here, 32);
  expect(await rememberedBatch(cache, here)).toBe(32);
});

it('takes a damaged memory for none', async () => {
  await rememberBatch(folder, here, 16);
  for (const file of await readdir(folder)) await writeFile(join(folder, file), '{"batch": -1}');
  expect(await rememberedBatch(folder, here)).toBeNull();
});

it('says so where nothing can be kept', async () => {
  const file = join(folder, 'a-file');
  await writeFile(file, '');
  expect(await rememberBatch(file, here, 16)).toBe(false);
});
