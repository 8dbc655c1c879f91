/** Pixels against Pillow's (see ../fixtures/pixels/make-pixels.py). */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { decodeImage } from '@labelmill/worker/engine/decode';
import { describe, expect, test } from 'vitest';
import { photo } from './fixture-uris.ts';
import { limits } from './mini-engine.ts';

const sizes = [
  { crop: 224, resize: 256, how: 'by libvips', meanLimit: 0.25, maxLimit: 2 },
  { crop: 64, resize: 64, how: 'by our own resampling', meanLimit: 0, maxLimit: 0 },
];

describe.each(sizes)('photos resized to $resize $how', ({ crop, resize, meanLimit, maxLimit }) => {
  test.each(['cat', 'rocket', 'temple'])('%s has the pixels Pillow gives', async (name) => {
    const pixels = await decodeImage(
      readFileSync(photo(`${name}.jpg`)),
      { resize, crop, kernel: 'bilinear', colour: 1 },
      limits,
    );
    const expected = gunzipSync(
      readFileSync(new URL(`../fixtures/pixels/${name}-${crop}.rgb.gz`, import.meta.url)),
    );
    expect(pixels).toHaveLength(expected.length);
    const differences = expected.map((value, i) => Math.abs(value - pixels[i]!));
    expect(differences.reduce((sum, value) => sum + value, 0) / expected.length).toBeLessThanOrEqual(
      meanLimit,
    );
    expect(differences.reduce((max, value) => Math.max(max, value), 0)).toBeLessThanOrEqual(maxLimit);
  });
});
