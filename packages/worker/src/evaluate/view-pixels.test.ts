import { expect, test } from 'vitest';
import { copyView } from './view-pixels.ts';

/** 4×3 pixels; each has its column, its row and 9. */
const places = Array.from({ length: 12 }, (_, at) => [at % 4, Math.floor(at / 4), 9]);
const image = { width: 4, height: 3, pixels: Uint8Array.from(places.flat()) };
const part = { left: 1, top: 1, width: 2, height: 2 };

test('a view is its rows and columns, behind what is there already', () => {
  const target = new Uint8Array(14).fill(7);
  copyView(image, { ...part, mirrored: false }, target, 1);
  expect([...target]).toEqual([7, 1, 1, 9, 2, 1, 9, 1, 2, 9, 2, 2, 9, 7]);
});

test('a mirrored view swaps left and right and keeps the colours in order', () => {
  const target = new Uint8Array(12);
  copyView(image, { ...part, mirrored: true }, target, 0);
  expect([...target]).toEqual([2, 1, 9, 1, 1, 9, 2, 2, 9, 1, 2, 9]);
});
