import { expect, test } from 'vitest';
import { imagenetClasses, labelled } from '../imagenet-classes.ts';
import { classFinder } from './class-finder.ts';

const classes = labelled(await imagenetClasses());

test('classes are found by id, and by label as people write folders', () => {
  const find = classFinder(classes);
  expect(find('n01443537')).toBe(1);
  expect(find('goldfish')).toBe(1);
  expect(find('European_Fire_Salamander')).toBe(25);
  expect(find('unicorn')).toBeUndefined();
});

test('a label of two classes is refused with both ids', () => {
  expect(() => classFinder(classes)('crane')).toThrow(/n02012849 and n03126707/);
  expect(classFinder(classes)('n03126707')).toBe(517);
});
