import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { jpegHeader } from './jpeg-header.ts';
import { jpegPixels } from './jpeg-pixels.ts';

const fixture = (name: string) => new URL(`../../../../test/fixtures/images/${name}`, import.meta.url);
const photo = (name: string) => new URL(`../../../../examples/photos/${name}`, import.meta.url);

/** By libvips: another way through a libjpeg of another make. */
async function bySharp(bytes: Uint8Array): Promise<Buffer> {
  return await sharp(bytes, { ignoreIcc: true }).toColourspace('srgb').raw().toBuffer();
}

async function byTurbo(bytes: Uint8Array, header = jpegHeader(bytes)!): Promise<Buffer | null> {
  using lent = await jpegPixels(bytes, header);
  return lent === null ? null : Buffer.from(lent.pixels);
}

// The library is there for Linux alone; elsewhere sharp decodes everything.
const onLinux = test.skipIf(process.platform !== 'linux');

onLinux.each(['cat', 'coffee', 'rocket', 'temple', 'mountain'])(
  '%s has the pixels libvips gives',
  async (name) => {
    const bytes = readFileSync(photo(`${name}.jpg`));
    expect((await byTurbo(bytes))?.equals(await bySharp(bytes))).toBe(true);
  },
);

onLinux.each([
  { progressive: true },
  { chromaSubsampling: '4:4:4' },
  { quality: 30 },
  { restartInterval: 1, optimiseCoding: true },
])('a JPEG written with %o has the pixels libvips gives, grey ones too', async (options) => {
  // An odd size leaves parts of blocks on both edges.
  const picture = sharp(photo('coffee.jpg').pathname).resize(317, 211, { fit: 'fill' });
  for (const image of [picture.clone(), picture.clone().greyscale()]) {
    const bytes = await image.jpeg(options).toBuffer();
    expect((await byTurbo(bytes))?.equals(await bySharp(bytes))).toBe(true);
  }
});

onLinux('bytes in the middle of a larger buffer are read from there', async () => {
  const bytes = readFileSync(photo('cat.jpg'));
  const larger = new Uint8Array(bytes.length + 200).fill(0xff);
  larger.set(bytes, 100);
  const part = larger.subarray(100, 100 + bytes.length);
  expect((await byTurbo(part))?.equals(await bySharp(bytes))).toBe(true);
});

onLinux('many at a time each get their own pixels', async () => {
  const names = ['cat', 'coffee', 'rocket', 'temple', 'mountain'];
  const files = names.map((name) => readFileSync(photo(`${name}.jpg`)));
  const expected = await Promise.all(files.map(bySharp));
  const many = await Promise.all(Array.from({ length: 200 }, (_, n) => byTurbo(files[n % files.length]!)));
  expect(many.filter((pixels, n) => !pixels?.equals(expected[n % files.length]!))).toHaveLength(0);
});

test.each(['truncated.jpg', 'junk-between-markers.jpg', 'adobe-rgb.jpg'])(
  '%s, damaged or not sRGB, is left to libvips',
  async (name) => {
    const bytes = readFileSync(fixture(name));
    const header = jpegHeader(bytes);
    if (header !== null) expect(await byTurbo(bytes, header)).toBeNull();
  },
);

test('CMYK is left to libvips', async () => {
  const bytes = readFileSync(fixture('cmyk.jpg'));
  const { width, height } = await sharp(bytes).metadata();
  expect(await byTurbo(bytes, { format: 'jpeg', depth: 'uchar', width, height })).toBeNull();
});

test('an image that is larger than its memory, whoever read the header, is not decoded', async () => {
  const bytes = readFileSync(photo('cat.jpg'));
  const header = jpegHeader(bytes)!;
  expect(await byTurbo(bytes, { ...header, width: header.width - 1 })).toBeNull();
  expect(await byTurbo(bytes, { ...header, height: header.height - 1 })).toBeNull();
});

onLinux('a file of hundreds of scans is left to libvips, and one after it is decoded', async () => {
  const bytes = await sharp(photo('coffee.jpg').pathname).resize(64).jpeg({ progressive: true }).toBuffer();
  // Its last scan, again and again: every one is a whole pass over the picture.
  const scan = bytes.lastIndexOf(Buffer.from([0xff, 0xda]));
  const again = Array.from({ length: 200 }, () => bytes.subarray(scan, -2));
  expect(await byTurbo(Buffer.concat([bytes.subarray(0, -2), ...again, bytes.subarray(-2)]))).toBeNull();
  expect((await byTurbo(bytes))?.equals(await bySharp(bytes))).toBe(true);
});
