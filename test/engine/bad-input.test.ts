/** What cannot be labelled gets the right code; what only looks bad is labelled. */
import { readFileSync } from 'node:fs';
import { decodeImage } from '@labelmill/worker/engine/decode';
import { sharp } from '@labelmill/worker/engine/libvips';
import { expect, test } from 'vitest';
import { fixture } from './fixture-uris.ts';
import { limits } from './mini-engine.ts';

const preprocessing = { resize: 256, crop: 224, kernel: 'bilinear', colour: 1 } as const;

function decodeFixture(name: string, changes: Partial<typeof limits> = {}): Promise<Uint8Array> {
  return decodeImage(readFileSync(fixture(name)), preprocessing, { ...limits, ...changes });
}

test.each([
  ['text.jpg', 'unsupported_format'],
  ['drawing.png', 'unsupported_format'],
  ['truncated.jpg', 'undecodable'],
  ['broken-data.png', 'undecodable'],
  ['1x65535.png', 'bad_aspect'],
  ['30000x30000.png', 'too_many_pixels'],
])('%s is %s', async (name, code) => {
  await expect(decodeFixture(name)).rejects.toMatchObject({ name: 'ImageError', code, retryable: false });
});

test('a truncated JPEG is undecodable on the path of small inputs too', async () => {
  const small = { ...preprocessing, resize: 16, crop: 16 };
  await expect(decodeImage(readFileSync(fixture('truncated.jpg')), small, limits)).rejects.toMatchObject({
    code: 'undecodable',
  });
});

test.each(['jpeg', 'png', 'webp', 'gif', 'tiff'] as const)(
  'a %s cut anywhere is undecodable',
  async (format) => {
    const image = sharp({ create: { width: 64, height: 64, channels: 3, background: 'red' } });
    const whole = await image.toFormat(format).toBuffer();
    for (const bytes of [12, 40, Math.floor(whole.length / 2)]) {
      const cut = decodeImage(whole.subarray(0, bytes), preprocessing, limits);
      await expect(cut, `${bytes} bytes`).rejects.toMatchObject({ code: 'undecodable' });
    }
  },
);

test.each(['jpeg', 'png', 'webp', 'gif', 'tiff'] as const)(
  'a whole %s above the pixel limit is not decoded',
  async (format) => {
    const image = sharp({ create: { width: 101, height: 100, channels: 3, background: 'red' } });
    const bytes = await image.toFormat(format).toBuffer();
    const decoded = decodeImage(bytes, preprocessing, { ...limits, maxPixels: 10_000 });
    await expect(decoded).rejects.toMatchObject({ code: 'too_many_pixels' });
  },
);

test('junk between two JPEG markers is harmless', async () => {
  expect(await decodeFixture('junk-between-markers.jpg')).toHaveLength(224 * 224 * 3);
});

test('an image that takes too long is given up', async () => {
  const slow = decodeFixture('30000x30000.png', { maxPixels: 1e9, decodeTimeoutMs: 5 });
  await expect(slow).rejects.toMatchObject({ code: 'decode_timeout' });
});
