import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { detailLines } from './run-details.ts';

const lines = (details: Partial<Parameters<typeof detailLines>[0]>, columns = 80) =>
  detailLines({ errors: {}, limit: null, labels: new Map(), ...details }, columns).map(
    stripVTControlCharacters,
  );

it('errors by code, the bottleneck, and the labels with most images as bars', () => {
  const labels = new Map([
    ['tabby, tabby cat', 10],
    ['espresso', 40],
    ['alp', 1],
  ]);
  expect(
    lines({ errors: { empty: 1, undecodable: 3 }, limit: 'decode-bound: 2 of 2 cores busy', labels }),
  ).toEqual([
    'errors: empty 1, undecodable 3',
    'decode-bound: 2 of 2 cores busy',
    `espresso                 ${'█'.repeat(20)} 40`,
    `tabby                    ${'█'.repeat(5)}${' '.repeat(15)} 10`,
    `alp                      ${'█'.repeat(1)}${' '.repeat(19)} 1`,
  ]);
});

it('a run that has not begun shows nothing', () => {
  expect(lines({})).toEqual([]);
});

it('no line is wider than the terminal, and none holds what it would obey', () => {
  const labels = new Map([['\u001b[2J'.repeat(20), 3]]);
  const narrow = lines({ errors: { chunk_failed: 10 ** 9 }, limit: 'x'.repeat(200), labels }, 60);
  expect(narrow.map((line) => line.length <= 60)).toEqual([true, true, true]);
  expect(narrow[2]).toContain('\\u001b[2J');
  // Where bars do not fit they are left out.
  expect(lines({ labels }, 30)).toEqual([]);
});
