/** What mutants are made of: the images that come with the repository, and small photos in every way of each format. */
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { fixture, photo, photoNames } from '../../engine/fixture-uris.ts';
import type { ImageFormat } from './image-parts.ts';

export interface ImageSeed {
  readonly name: string;
  readonly format: ImageFormat;
  readonly bytes: Uint8Array;
}

const formats: Readonly<Record<string, ImageFormat>> = {
  '.jpg': 'jpeg',
  '.png': 'png',
  '.webp': 'webp',
  '.gif': 'gif',
  '.tiff': 'tiff',
};
/** Bigger ones would only be slower. */
const maxSeedBytes = 20_000;
const photoSide = 96;

export async function imageSeeds(): Promise<ImageSeed[]> {
  const seeds: ImageSeed[] = [];
  for (const name of readdirSync(fixture('.')).sort()) {
    const format = formats[extname(name)];
    const bytes = readFileSync(fixture(name));
    if (format === undefined || bytes.length < 60 || bytes.length > maxSeedBytes) continue;
    seeds.push({ name, format, bytes });
  }
  for (const [place, name] of photoNames.entries()) {
    const [way, encode] = ways[place % ways.length]!;
    seeds.push(await encoded(name, way, encode));
  }
  for (const [place, [way, encode]] of ways.entries()) {
    seeds.push(await encoded(photoNames[(place * 4 + 1) % photoNames.length]!, way, encode));
  }
  return seeds;
}

type Encode = (image: Sharp) => Sharp;

const ways: readonly (readonly [string, Encode])[] = [
  ['baseline.jpg', (image) => image.jpeg()],
  ['progressive.jpg', (image) => image.jpeg({ progressive: true, chromaSubsampling: '4:4:4' })],
  [
    'exif-p3.jpg',
    (image) =>
      image
        .withExif({ IFD0: { Copyright: 'x', Software: 'y' } })
        .withIccProfile('p3')
        .jpeg(),
  ],
  ['turned.jpg', (image) => image.withMetadata({ orientation: 6 }).jpeg()],
  ['cmyk.jpg', (image) => image.toColourspace('cmyk').jpeg()],
  ['restarts.jpg', (image) => image.jpeg({ mozjpeg: true })],
  ['rgb.png', (image) => image.png()],
  ['interlaced.png', (image) => image.png({ progressive: true })],
  ['palette.png', (image) => image.png({ palette: true, colours: 16 })],
  [
    'p3.png',
    (image) =>
      image
        .withIccProfile('p3')
        .withExif({ IFD0: { Artist: 'z' } })
        .png(),
  ],
  ['deep.png', (image) => image.toColourspace('rgb16').png()],
  ['lossy.webp', (image) => image.webp()],
  ['lossless.webp', (image) => image.webp({ lossless: true })],
  [
    'alpha-exif.webp',
    (image) => image.ensureAlpha(0.5).withIccProfile('p3').withMetadata({ orientation: 3 }).webp(),
  ],
  ['palette.gif', (image) => image.gif()],
  ['interlaced.gif', (image) => image.gif({ progressive: true })],
  ['plain.tiff', (image) => image.tiff({ compression: 'none' })],
  ['lzw.tiff', (image) => image.tiff({ compression: 'lzw', predictor: 'horizontal' })],
  [
    'deflate-tiles.tiff',
    (image) => image.tiff({ compression: 'deflate', tile: true, tileWidth: 32, tileHeight: 32 }),
  ],
  [
    'jpeg-pyramid.tiff',
    (image) => image.tiff({ compression: 'jpeg', tile: true, pyramid: true, tileWidth: 32, tileHeight: 32 }),
  ],
  ['packbits-p3.tiff', (image) => image.withIccProfile('p3').tiff({ compression: 'packbits' })],
  [
    'ccitt.tiff',
    (image) => image.threshold().toColourspace('b-w').tiff({ compression: 'ccittfax4', bitdepth: 1 }),
  ],
  ['deep.tiff', (image) => image.toColourspace('rgb16').tiff({ compression: 'deflate' })],
  ['big.tiff', (image) => image.tiff({ compression: 'none', bigtiff: true })],
];

async function encoded(name: string, way: string, encode: Encode): Promise<ImageSeed> {
  const small = sharp(readFileSync(photo(name))).resize(photoSide, photoSide, { fit: 'inside' });
  return {
    name: `${name.slice(0, -4)}-${way}`,
    format: formats[extname(way)]!,
    bytes: await encode(small).toBuffer(),
  };
}
