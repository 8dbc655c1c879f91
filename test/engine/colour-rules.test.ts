/** One fixture per colour rule; each shows four quadrants (see ../fixtures/images/make-images.py for their colours). */
import { readFileSync } from 'node:fs';
import { decodeImage } from '@labelmill/worker/engine/decode';
import { describe, expect, test } from 'vitest';
import { fixture } from './fixture-uris.ts';
import { limits } from './mini-engine.ts';

type Colour = readonly [number, number, number];
const red: Colour = [200, 30, 30];
const green: Colour = [30, 160, 30];
const blue: Colour = [30, 30, 200];
const yellow: Colour = [220, 200, 40];
const upright = [red, green, blue, yellow];
const white: Colour = [255, 255, 255];
const grey = (value: number): Colour => [value, value, value];
/** What the quadrants of adobe-rgb.jpg are in sRGB, from Little CMS through Pillow. */
const fromAdobeRgb: Colour[] = [
  [167, 100, 100],
  [66, 151, 97],
  [100, 100, 153],
  [161, 161, 85],
];
const muted: Colour[] = [
  [150, 100, 100],
  [100, 150, 100],
  [100, 100, 150],
  [160, 160, 90],
];

/** Fixtures are 96×64: with 64 libvips resizes them (not at all), with 16 our own resampling does. */
describe.each([64, 16])('resized to %i', (side) => {
  async function quadrantsOf(name: string): Promise<Colour[]> {
    const bytes = readFileSync(fixture(name));
    const pixels = await decodeImage(
      bytes,
      { resize: side, crop: side, kernel: 'bilinear', colour: 1 },
      limits,
    );
    const near = Math.round(side / 8);
    const far = side - 1 - near;
    return [
      [near, near],
      [far, near],
      [near, far],
      [far, far],
    ].map(([x, y]) => [...pixels.subarray((y! * side + x!) * 3).subarray(0, 3)] as unknown as Colour);
  }

  async function expectQuadrants(
    name: string,
    expected: readonly Colour[],
    tolerance: number,
  ): Promise<void> {
    const quadrants = await quadrantsOf(name);
    const differences = quadrants.flatMap((colour, q) =>
      colour.map((v, c) => Math.abs(v - expected[q]![c]!)),
    );
    expect(Math.max(...differences), JSON.stringify(quadrants)).toBeLessThanOrEqual(tolerance);
  }

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('EXIF orientation %i is turned upright', (orientation) =>
    expectQuadrants(`exif-${orientation}.jpg`, upright, 2),
  );

  test('an embedded profile is converted to sRGB', () => expectQuadrants('adobe-rgb.jpg', fromAdobeRgb, 2));

  test('so it is in 16 bits', () => expectQuadrants('rgb16-adobe-rgb.png', fromAdobeRgb, 2));

  test('a profile that says sRGB changes nothing', async () =>
    expect(await quadrantsOf('srgb-profile.jpg')).toEqual(await quadrantsOf('no-profile.jpg')));

  test('16-bit colour becomes 8-bit', () => expectQuadrants('rgb16.png', muted, 1));

  test.each(['grey.jpg', 'grey16.png'])('%s becomes RGB', (name) =>
    expectQuadrants(name, [40, 90, 150, 220].map(grey), 1),
  );

  test('CMYK becomes RGB: paper, cyan, magenta, black', async () => {
    const [paper, cyan, magenta, black] = await quadrantsOf('cmyk.jpg');
    expect(Math.min(...paper!)).toBeGreaterThan(250);
    expect(cyan![2] - cyan![0]).toBeGreaterThan(150);
    expect(magenta![0] - magenta![1]).toBeGreaterThan(150);
    expect(Math.max(...black!)).toBeLessThan(60);
  });

  test.each(['alpha.png', 'alpha.webp'])('%s is composed on white', (name) =>
    // Half-transparent red is halfway between red and white.
    expectQuadrants(name, [red, [227, 142, 142], white, yellow], 1),
  );

  test('so is grey with alpha', () =>
    expectQuadrants('grey-alpha.png', [grey(40), grey(147), white, grey(220)], 1));

  test.each(['animated.gif', 'animated.webp', 'animated.png'])('%s counts as its first frame', (name) =>
    expectQuadrants(name, [red, red, red, red], 1),
  );

  test('TIFF can be read', () => expectQuadrants('plain.tiff', upright, 1));
});
