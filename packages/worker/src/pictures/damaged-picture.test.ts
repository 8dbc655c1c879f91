import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { damagedPicture } from './damaged-picture.ts';

const limits = { maxPixels: 1_000_000, maxAspect: 100, decodeTimeoutMs: 10_000 };
const fixture = (name: string) =>
  readFile(new URL(`../../../../test/fixtures/images/${name}`, import.meta.url));

describe('the picture of a damaged image', () => {
  it.each([
    ['30000x30000.png', 'too_many_pixels'],
    ['1x65535.png', 'bad_aspect'],
    ['drawing.png', 'unsupported_format'],
  ])('%s is refused as the engine refuses it: %s', async (name, code) => {
    await expect(damagedPicture(await fixture(name), 320, limits)).rejects.toMatchObject({ code });
  });

  it('is there of a truncated one', async () => {
    const jpeg = await damagedPicture(await fixture('truncated.jpg'), 320, limits);
    // The first bytes of any JPEG.
    expect([...jpeg.subarray(0, 2)]).toEqual([0xff, 0xd8]);
  });
});
