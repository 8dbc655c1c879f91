import { expect, it } from 'vitest';
import { scaledNormalisation } from './scaled-normalisation.ts';

it.each([
  ["ImageNet's stays as it is", [0.485, 0.456, 0.406], [0.229, 0.224, 0.225], 1 / 255],
  ["Caffe's has no scale", [123.68, 116.779, 103.939], [1, 1, 1], 1],
  ["Keras' goes from −1 to 1", [1, 1, 1], [1, 1, 1], 1 / 127.5],
] as const)('gives the same numbers for every pixel: %s', (_, mean, std, scale) => {
  const { mean: means, std: stds } = scaledNormalisation(mean, std, scale);
  for (const channel of [0, 1, 2] as const) {
    for (const pixel of [0, 1, 128, 255]) {
      const expected = (pixel * scale - mean[channel]) / std[channel];
      expect((pixel / 255 - means[channel]) / stds[channel]).toBeCloseTo(expected, 9);
    }
  }
});

it.each([
  [[0, 0, Number.NaN], [1, 1, 1], 1],
  [[0, 0, 0], [1, 0, 1], 1],
  [[0, 0, 0], [1, 1, 1], 0],
  [[0, 0, 0], [1, 1, 1], Number.POSITIVE_INFINITY],
] as const)('refuses mean %j, std %j, scale %d', (mean, std, scale) => {
  expect(() => scaledNormalisation(mean, std, scale)).toThrow(
    expect.objectContaining({ code: 'bad_normalisation' }),
  );
});
