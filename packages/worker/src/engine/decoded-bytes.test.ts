import { expect, it } from 'vitest';
import { decodedBytes } from './decoded-bytes.ts';

const size = { width: 1000, height: 500 };
const rgb = 1000 * 500 * 3;

it.each([
  ['a baseline JPEG is handed over row by row', { format: 'jpeg', depth: 'uchar' }, rgb],
  [
    'a progressive JPEG is held as coefficients',
    { format: 'jpeg', depth: 'uchar', isProgressive: true },
    rgb + 3_000_000,
  ],
  ['a PNG comes row by row', { format: 'png', depth: 'ushort' }, rgb],
  ['an interlaced PNG does not', { format: 'png', depth: 'ushort', isProgressive: true }, rgb + 4_000_000],
  ['a WebP is decoded whole', { format: 'webp', depth: 'uchar' }, rgb + 2_000_000],
  ['and so may a TIFF be', { format: 'tiff', depth: 'float' }, rgb + 8_000_000],
])('%s', (_, header, bytes) => {
  expect(decodedBytes({ ...size, ...header }, rgb)).toBe(bytes);
});
