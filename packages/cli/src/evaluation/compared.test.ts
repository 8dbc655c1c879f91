import type { Bundle } from '@labelmill/models/bundle-schema';
import { expect, it } from 'vitest';
import { type AnsweredBundle, compared } from './compared.ts';

const failed = 'failed';

/** @param answers what the bundle holds each of its images for, or that it failed; by place among the source's images */
function answered(
  ids: readonly string[],
  truths: Record<number, string>,
  answers: Record<number, string>,
): AnsweredBundle {
  const classes = ids.map((id) => ({ id, label: id }));
  const known = Object.entries(truths).map(([place, id]) => ({
    uri: `file:///${place}.jpg`,
    place: Number(place),
    truth: ids.indexOf(id),
  }));
  return {
    bundle: { manifest: { classes } } as unknown as Bundle,
    known,
    answers: known.map(({ place: id }) => {
      const found = answers[id]!;
      if (found !== failed)
        return { id, status: 'ok', version: null, scores: [1], indices: [ids.indexOf(found)] };
      return { id, status: 'error', version: null, code: 'undecodable', message: '', retryable: false };
    }),
  };
}

it('compares by class id the images that both know and both have answered', () => {
  const truths = { 0: 'cat', 1: 'cat', 2: 'dog', 3: 'dog', 4: 'cat' };
  const first = answered(['cat', 'dog', 'fox'], truths, {
    0: 'cat',
    1: 'fox',
    2: 'cat',
    3: 'dog',
    4: failed,
  });
  // Another order of classes, and no image 3, whose class it does not know.
  const second = answered(
    ['fox', 'dog', 'cat'],
    { 0: 'cat', 1: 'cat', 2: 'dog', 4: 'cat' },
    { 0: 'cat', 1: 'fox', 2: 'dog', 4: 'cat' },
  );
  expect(compared(first, second)).toMatchObject({
    images: 3,
    agreement: { count: 2 },
    bothRight: 1,
    onlyFirstRight: 0,
    onlySecondRight: 1,
    neitherRight: 1,
    pValue: 1,
  });
});

it('two that are right agree, whatever ids they have for the class', () => {
  const first = answered(['cat', 'dog'], { 0: 'cat', 1: 'cat' }, { 0: 'cat', 1: 'dog' });
  const second = answered(['n02', 'n03'], { 0: 'n02', 1: 'n02' }, { 0: 'n02', 1: 'n03' });
  expect(compared(first, second)).toMatchObject({ images: 2, agreement: { count: 1 }, bothRight: 1 });
});

it('says nothing where no image was answered by both', () => {
  const one = answered(['cat'], { 0: 'cat' }, { 0: 'cat' });
  expect(compared(one, answered(['cat'], { 1: 'cat' }, { 1: 'cat' }))).toBeNull();
  expect(compared(one, answered(['cat'], { 0: 'cat' }, { 0: failed }))).toBeNull();
});
