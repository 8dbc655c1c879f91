/** Against what libvips reads from the same bytes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { jpegHeader } from './jpeg-header.ts';

const folders = ['../../../../test/fixtures/images/', '../../../../examples/photos/'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);
const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));

describe('jpegHeader', () => {
  it('reads what libvips reads, or leaves it to libvips', async () => {
    let read = 0;
    for (const file of files) {
      const bytes = readFileSync(file);
      const header = jpegHeader(bytes);
      if (header === null) continue;
      read++;
      const { format, width, height, orientation, icc, depth, isProgressive } = await sharp(bytes).metadata();
      const expected = { format, width, height, orientation, icc, depth, isProgressive };
      expect(header, file).toEqual(expected);
    }
    // 15 photos; with EXIF, with profiles, grey, CMYK, truncated
    expect(read).toBeGreaterThanOrEqual(28);
  });

  it('leaves to libvips what is no JPEG, ends too early, or says something twice', () => {
    const whole = readFileSync(join(folders[0]!, 'exif-6.jpg'));
    expect(jpegHeader(readFileSync(join(folders[0]!, 'alpha.png')))).toBeNull();
    for (let length = 0; length < whole.length; length++) {
      const header = jpegHeader(whole.subarray(0, length));
      if (header !== null) expect(header).toEqual(jpegHeader(whole));
    }
    const exif = segment(whole, 0xe1);
    expect(jpegHeader(Buffer.concat([whole.subarray(0, 2), exif, whole.subarray(2)]))).toBeNull();
  });

  it.each([
    ['an orientation that is none', 0],
    ['an orientation that is none', 9],
  ])('leaves %s (%i) to libvips', (_, orientation) => {
    const bytes = Buffer.from(readFileSync(join(folders[0]!, 'exif-6.jpg')));
    // Tag 0x0112, SHORT, once, in either byte order
    const big = bytes.indexOf(Buffer.from('011200030000000100', 'hex'));
    const little = bytes.indexOf(Buffer.from('120103000100000006', 'hex'));
    if (big >= 0) bytes.writeUInt16BE(orientation, big + 8);
    else bytes.writeUInt16LE(orientation, little + 8);
    expect(jpegHeader(bytes)).toBeNull();
  });
});

/** The first segment with this marker, marker included. */
function segment(jpeg: Buffer, marker: number): Buffer {
  const at = jpeg.indexOf(Buffer.from([0xff, marker]));
  return jpeg.subarray(at, at + 2 + jpeg.readUInt16BE(at + 2));
}
