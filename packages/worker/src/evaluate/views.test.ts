import { describe, expect, it } from 'vitest';
import { centralCrop } from '../engine/preprocess.ts';
import { defaultScales, viewModes } from './view-plan.ts';
import { type View, viewsOf } from './views.ts';

const corner = ({ left, top }: View) => [left, top];
const upright = (views: readonly View[]) => views.filter(({ mirrored }) => !mirrored);

describe('views of a rescaled image', () => {
  it.each(viewModes)('%s: each part is there once as it is and once mirrored, inside the image', (mode) => {
    const views = viewsOf(mode, 341, 256, 224);
    const mirrored = views.filter((view) => view.mirrored).map((view) => ({ ...view, mirrored: false }));
    expect(mirrored).toEqual(upright(views));
    for (const { left, top, width, height } of views) {
      expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
      expect([left + width <= 341, top + height <= 256]).toEqual([true, true]);
    }
  });

  it('counts them as the papers do: 2, 10, 50 a scale, and the whole image twice', () => {
    expect(viewModes.map((mode) => viewsOf(mode, 341, 256, 224).length)).toEqual([2, 10, 50, 2]);
  });

  it('ten-crop takes the corners and the centre', () => {
    // 341 − 224 = 117, half of it is 58.5, to even 58; 256 − 224 = 32.
    expect(upright(viewsOf('ten-crop', 341, 256, 224)).map(corner)).toEqual([
      [0, 0],
      [117, 0],
      [0, 32],
      [117, 32],
      [58, 16],
    ]);
  });

  it('multi-crop is a regular grid from edge to edge', () => {
    const views = upright(viewsOf('multi-crop', 341, 256, 224));
    const sorted = (numbers: readonly number[]) => [...new Set(numbers)].sort((a, b) => a - b);
    // Steps of 117 / 4 = 29.25 and of 8.
    expect(sorted(views.map(({ left }) => left))).toEqual([0, 29, 58, 88, 117]);
    expect(sorted(views.map(({ top }) => top))).toEqual([0, 8, 16, 24, 32]);
    expect(new Set(views.map((view) => corner(view).join())).size).toBe(25);
  });

  it.each([
    [341, 256],
    [257, 300],
    [224, 227],
  ])(
    'flip, and the middle of ten-crop and of the grid, are the crop that labels are made of (%d×%d)',
    (width, height) => {
      const { across, down } = centralCrop(width, height, {
        resize: Math.min(width, height),
        crop: 224,
      });
      const central = [across.start, down.start];
      expect(corner(viewsOf('flip', width, height, 224)[0]!)).toEqual(central);
      expect(corner(viewsOf('ten-crop', width, height, 224)[8]!)).toEqual(central);
      expect(corner(viewsOf('multi-crop', width, height, 224)[24]!)).toEqual(central);
    },
  );

  it('dense takes the whole image', () => {
    expect(viewsOf('dense', 341, 256, 224)[1]).toEqual({
      left: 0,
      top: 0,
      width: 341,
      height: 256,
      mirrored: true,
    });
  });
});

describe('default test scales', () => {
  it("are the paper's for 224, and in proportion for other inputs", () => {
    expect(defaultScales('multi-crop', { resize: 256, crop: 224 })).toEqual([256, 384, 512]);
    // 64 · 256/224 = 73.1, 64 · 384/224 = 109.7, 64 · 512/224 = 146.3
    expect(defaultScales('multi-crop', { resize: 64, crop: 64 })).toEqual([73, 110, 146]);
  });

  it('are what the bundle resizes to, with room for corners in ten-crop', () => {
    expect(viewModes.map((mode) => defaultScales(mode, { resize: 256, crop: 224 })[0])).toEqual([
      256, 256, 256, 256,
    ]);
    expect(defaultScales('flip', { resize: 64, crop: 64 })).toEqual([64]);
    expect(defaultScales('ten-crop', { resize: 64, crop: 64 })).toEqual([73]);
    expect(defaultScales('dense', { resize: 64, crop: 64 })).toEqual([64]);
  });
});
