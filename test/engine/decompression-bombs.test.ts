/** Tiny files that say they are huge: refused by their headers, before memory is taken for their pixels. */
import { crc32, deflateSync } from 'node:zlib';
import { decodeImage } from '@labelmill/worker/engine/decode';
import { expect, test } from 'vitest';
import { limits } from './mini-engine.ts';

const preprocessing = { resize: 256, crop: 224, kernel: 'bilinear', colour: 1 } as const;

const side = 16_383; // the most a WebP can have: 268 million pixels

/** PNG chunk: length, kind, data. */
function png(): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const data = deflateSync(Buffer.alloc(1_000_000));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(kind: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind), data]);
  const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, crc]);
}

/** One frame of 65,535 × 65,535, of which LZW gives a few pixels. */
function gif(): Buffer {
  const size = [0xff, 0xff, 0xff, 0xff];
  return Buffer.from([
    ...Buffer.from('GIF89a'),
    ...size,
    0x80,
    0,
    0,
    0,
    0,
    0,
    255,
    255,
    255,
    0x2c,
    0,
    0,
    0,
    0,
    ...size,
    0,
    2,
    2,
    0x4c,
    1,
    0,
    0x3b,
  ]);
}

/** VP8L: 14 bits of width − 1, 14 of height − 1, then almost nothing. */
function webp(): Buffer {
  const bits = Buffer.alloc(4);
  bits.writeUInt32LE(((side - 1) | ((side - 1) << 14)) >>> 0);
  const data = Buffer.concat([Buffer.of(0x2f), bits, Buffer.from([0x88, 0x88, 8, 0, 0, 0, 0])]);
  const sized = (name: string, body: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(body.length);
    return Buffer.concat([Buffer.from(name), length, body]);
  };
  return sized('RIFF', Buffer.concat([Buffer.from('WEBP'), sized('VP8L', data)]));
}

/** One deflated strip for all rows of 100,000 × 100,000 pixels. */
function tiff(): Buffer {
  const data = deflateSync(Buffer.alloc(1_000_000));
  // tag, type (3: short, 4: long), value
  const tags: [number, number, number][] = [
    [256, 4, 100_000],
    [257, 4, 100_000],
    [258, 3, 8],
    [259, 3, 8],
    [262, 3, 1],
    [273, 4, 8],
    [277, 3, 1],
    [278, 4, 100_000],
    [279, 4, data.length],
  ];
  const directory = Buffer.alloc(2 + 12 * tags.length + 4);
  directory.writeUInt16LE(tags.length);
  for (const [place, [tag, type, value]] of tags.entries()) {
    directory.writeUInt16LE(tag, 2 + 12 * place);
    directory.writeUInt16LE(type, 4 + 12 * place);
    directory.writeUInt32LE(1, 6 + 12 * place);
    directory.writeUInt32LE(value, 10 + 12 * place);
  }
  const head = Buffer.from([0x49, 0x49, 42, 0, 0, 0, 0, 0]);
  head.writeUInt32LE(8 + data.length, 4);
  return Buffer.concat([head, data, directory]);
}

/** A frame header of 65,500 × 65,500 in one component, and no data. */
function jpeg(): Buffer {
  return Buffer.from([
    0xff,
    0xd8,
    0xff,
    0xdb,
    0,
    67,
    0,
    ...Array<number>(64).fill(1),
    0xff,
    0xc0,
    0,
    11,
    8,
    0xff,
    0xdc,
    0xff,
    0xdc,
    1,
    1,
    0x11,
    0,
    0xff,
    0xda,
    0,
    8,
    1,
    1,
    0,
    0,
    63,
    0,
    0xff,
    0xd9,
  ]);
}

test.each([
  ['PNG', png],
  ['GIF', gif],
  ['WebP', webp],
  ['TIFF', tiff],
  ['JPEG', jpeg],
])(
  'a %s of a few kB and over 200 million pixels is too_many_pixels, and takes no memory',
  async (_, make) => {
    const bytes = make();
    expect(bytes.length).toBeLessThan(2_000);
    const before = process.memoryUsage().rss;
    await expect(decodeImage(bytes, preprocessing, limits)).rejects.toMatchObject({
      code: 'too_many_pixels',
    });
    // 200 million pixels would be 200 MB or more.
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  },
);
