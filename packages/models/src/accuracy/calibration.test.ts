import { expect, test } from 'vitest';
import { Calibration } from './calibration.ts';

test('the error weighs each bin by its images', () => {
  const calibration = new Calibration();
  // Bin 15: 0.95 and 0.97, one right: |0.5 − 0.96| = 0.46. Bin 8: 0.5, right: 0.5. Bin 3: 0.15, wrong: 0.15.
  calibration.add(0.95, true);
  calibration.add(0.97, false);
  calibration.add(0.5, true);
  calibration.add(0.15, false);
  const { error, bins } = calibration.result();
  expect(error).toBeCloseTo((2 * 0.46 + 0.5 + 0.15) / 4, 12);
  expect(bins.map(({ images }) => images)).toEqual([0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 2]);
  expect(bins[14]).toMatchObject({ accuracy: 0.5, to: 1 });
  expect(bins[14]?.confidence).toBeCloseTo(0.96, 12);
  expect(bins[0]).toMatchObject({ from: 0, accuracy: null, confidence: null });
});

test('a classifier that is right as often as it says has no error', () => {
  const calibration = new Calibration();
  for (let image = 0; image < 10; image++) calibration.add(0.7, image < 7);
  expect(calibration.result().error).toBeCloseTo(0, 12);
});

test('both ends belong to a bin', () => {
  const calibration = new Calibration();
  calibration.add(0, false);
  calibration.add(1, true);
  const { bins, error } = calibration.result();
  expect([bins[0]?.images, bins[14]?.images, error]).toEqual([1, 1, 0]);
});
