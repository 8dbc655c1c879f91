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

/** One grey block, progressive, whose every scan says of it once more that its mean is 128: libjpeg warns of none of them. */
function greyInScans(scans: number): Uint8Array {
  const segment = (marker: number, ...body: number[]) => [0xff, marker, 0, body.length + 2, ...body];
  const oneSymbol = [1, ...Array<number>(15).fill(0), 0];
  const scan = [...segment(0xda, 1, 1, 0x00, 0, 0, 0x00), 0x7f];
  return Uint8Array.from([
    ...[0xff, 0xd8],
    ...segment(0xdb, 0, ...Array<number>(64).fill(1)),
    ...segment(0xc2, 8, 0, 8, 0, 8, 1, 1, 0x11, 0),
    ...segment(0xc4, 0x00, ...oneSymbol),
    ...Array.from({ length: scans }, () => scan).flat(),
    ...[0xff, 0xd9],
  ]);
}

onLinux(
  'a file of more than fifty scans, each a whole pass over the picture, is left to libvips',
  async () => {
    expect(await byTurbo(greyInScans(50))).toEqual(Buffer.alloc(8 * 8 * 3, 128));
    expect(await byTurbo(greyInScans(51))).toBeNull();
    const bytes = readFileSync(photo('cat.jpg'));
    expect((await byTurbo(bytes))?.equals(await bySharp(bytes))).toBe(true);
  },
);
