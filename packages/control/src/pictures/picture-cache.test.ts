import { mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PictureCache } from './picture-cache.ts';

const picture = Buffer.alloc(1_000);
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'labelmill-pictures-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function bytesOnDisk(): Promise<number> {
  const sizes = await Promise.all((await readdir(folder)).map((name) => stat(join(folder, name))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

describe('a cache of pictures', () => {
  it('stays within its size, and gives up what was used least lately', async () => {
    const cache = await PictureCache.open(folder, 3_500);
    for (const name of ['a', 'b', 'c']) await cache.put([name], picture);
    await cache.get(['a']);
    await cache.put(['d'], picture);
    expect(await bytesOnDisk()).toBe(3_000);
    expect(await cache.get(['b'])).toBeNull();
    for (const name of ['a', 'c', 'd']) expect(await cache.get([name])).toEqual(picture);
  });

  it('that an earlier process left too large is made smaller when it is opened, the oldest going first', async () => {
    const before = await PictureCache.open(folder, 10_000);
    for (const name of ['a', 'b', 'c']) {
      const known = new Set(await readdir(folder));
      await before.put([name], picture);
      const [file = ''] = (await readdir(folder)).filter((each) => !known.has(each));
      // As if an hour lay between two of them.
      const at = new Date(2026, 0, 1, name.charCodeAt(0));
      await utimes(join(folder, file), at, at);
    }
    const after = await PictureCache.open(folder, 1_500);
    expect(await bytesOnDisk()).toBe(1_000);
    expect(await after.get(['c'])).toEqual(picture);
  });
});
