import { expect, test } from 'vitest';
import { AccuracyCount } from './accuracy-count.ts';

const classes = ['cat', 'dog', 'fox', 'hen', 'owl', 'pig', 'rat'].map((id) => ({ id, label: `a ${id}` }));
const [cat, dog, fox] = [0, 1, 2];

test('the best class counts for top-1, the best five for top-5, and the others are confusions', () => {
  const count = new AccuracyCount(classes);
  count.add(cat, [0, 1, 2, 3, 4]);
  count.add(cat, [1, 0, 2, 3, 4]);
  count.add(cat, [1, 2, 3, 4, 0]);
  count.add(cat, [2, 1, 3, 4, 5, 0]);
  count.add(dog, [0, 1, 2, 3, 4]);
  const { images, top1, top5, classes: table, confusions } = count.result();
  expect(images).toBe(5);
  expect([top1.count, top1.of, top5?.count]).toEqual([1, 5, 4]);
  expect(table).toEqual([
    {
      id: 'cat',
      label: 'a cat',
      images: 4,
      top1: 1,
      top5: 3,
      takenFor: [
        { id: 'dog', label: 'a dog', images: 2 },
        { id: 'fox', label: 'a fox', images: 1 },
      ],
    },
    { id: 'dog', label: 'a dog', images: 1, top1: 0, top5: 1, takenFor: [{ ...classes[cat], images: 1 }] },
  ]);
  expect(confusions).toEqual([
    { truth: 'cat', predicted: 'dog', images: 2 },
    { truth: 'cat', predicted: 'fox', images: 1 },
    { truth: 'dog', predicted: 'cat', images: 1 },
  ]);
});

test('with five classes top-5 would say nothing, and is not given', () => {
  const count = new AccuracyCount(classes.slice(0, 5));
  count.add(fox, [2, 1, 0, 3, 4]);
  expect(count.result()).toMatchObject({ top1: { count: 1 }, top5: null });
});
