/** Pixels against Pillow's (see ../fixtures/pixels/make-pixels.py). */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { decodeImage } from '@labelmill/worker/engine/decode';
import { decodeRescaled } from '@labelmill/worker/engine/decode-rescaled';
import { describe, expect, test } from 'vitest';
import { fixture, photo } from './fixture-uris.ts';
import { limits } from './mini-engine.ts';

const colour = { kernel: 'bilinear', colour: 1 } as const;
/** Pixels of photos that shrink 1.2 to 9.4 times. */
const photoSizes = [
  { crop: 224, resize: 256 },
  { crop: 64, resize: 64 },
];

describe.each(photoSizes)('photos resized to $resize', ({ crop, resize }) => {
  test.each(['cat', 'rocket', 'temple'])('%s has the pixels Pillow gives', async (name) => {
    const pixels = await decodeImage(readFileSync(photo(`${name}.jpg`)), { resize, crop, ...colour }, limits);
    expect(difference(pixels, byPillow(`${name}-${crop}`))).toEqual({ mean: 0, max: 0 });
  });
});

test('an image that is enlarged has the pixels Pillow gives', async () => {
  const preprocessing = { resize: 100, crop: 90, ...colour };
  const pixels = await decodeImage(readFileSync(fixture('no-profile.jpg')), preprocessing, limits);
  expect(difference(pixels, byPillow('no-profile-90'))).toEqual({ mean: 0, max: 0 });
});

test('an image rescaled whole holds the central crop that Pillow gives', async () => {
  const { width, height, pixels } = await decodeRescaled(readFileSync(photo('cat.jpg')), 64, limits);
  // 451×300: trunc(64 · 451 / 300) = 96, and (96 − 64) / 2 = 16 columns before the crop.
  expect([width, height, pixels.length]).toEqual([96, 64, 96 * 64 * 3]);
  const rows = Array.from({ length: 64 }, (_, row) =>
    pixels.subarray((row * 96 + 16) * 3, (row * 96 + 80) * 3),
  );
  expect(difference(Buffer.concat(rows), byPillow('cat-64'))).toEqual({ mean: 0, max: 0 });
});

test('an image that would be too large when rescaled is refused before that', async () => {
  // 96×64 to 1536×1024 is 1.6 million pixels, to 1800×1200 2.2 million; the limit is 2^21.
  const bytes = readFileSync(fixture('no-profile.jpg'));
  expect(await decodeRescaled(bytes, 1024, limits)).toMatchObject({ width: 1536, height: 1024 });
  await expect(decodeRescaled(bytes, 1200, limits)).rejects.toMatchObject({ code: 'too_many_pixels' });
});

test('an image that lies on its side is rescaled upright', async () => {
  const [upright, turned] = await Promise.all(
    ['exif-1.jpg', 'exif-6.jpg'].map((name) => decodeRescaled(readFileSync(fixture(name)), 32, limits)),
  );
  expect(turned).toMatchObject({ width: upright!.width, height: upright!.height });
  expect(difference(turned!.pixels, upright!.pixels).mean).toBeLessThan(3);
});

test.each([
  { name: 'coffee', side: 128, part: 'a half' },
  { name: 'coffee', side: 64, part: 'a quarter' },
  { name: 'mountain', side: 64, part: 'an eighth' },
])(
  '$name decoded fast to $side has the pixels Pillow gives from $part of its size',
  async ({ name, side }) => {
    const preprocessing = { resize: side, crop: side, ...colour };
    const bytes = readFileSync(photo(`${name}.jpg`));
    const fast = await decodeImage(bytes, preprocessing, limits, 'fast');
    const { mean, max } = difference(fast, byPillow(`${name}-${side}-fast`));
    expect(mean).toBeLessThanOrEqual(0.25);
    // Where Pillow reduces it also takes a rougher cosine transform.
    expect(max).toBeLessThanOrEqual(3);
    // Far enough from the exact pixels that this test would see a decode that is not fast.
    expect(difference(fast, await decodeImage(bytes, preprocessing, limits)).max).toBeGreaterThan(4);
  },
);

test.each([
  ['a JPEG that shrinks less than three times', photo('mountain.jpg'), 201],
  ['a PNG, however large', fixture('alpha.png'), 16],
])('%s is the same when decoded fast', async (_, file, side) => {
  const preprocessing = { resize: side, crop: side, ...colour };
  const bytes = readFileSync(file);
  const exact = await decodeImage(bytes, preprocessing, limits);
  expect(await decodeImage(bytes, preprocessing, limits, 'fast')).toEqual(exact);
});

function byPillow(name: string): Uint8Array {
  return gunzipSync(readFileSync(new URL(`../fixtures/pixels/${name}.rgb.gz`, import.meta.url)));
}

function difference(pixels: Uint8Array, expected: Uint8Array): { mean: number; max: number } {
  expect(pixels).toHaveLength(expected.length);
  const differences = Array.from(expected, (value, i) => Math.abs(value - pixels[i]!));
  const sum = differences.reduce((total, value) => total + value, 0);
  return { mean: sum / expected.length, max: differences.reduce((most, value) => Math.max(most, value), 0) };
}
