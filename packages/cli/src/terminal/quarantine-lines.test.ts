import { expect, it } from 'vitest';
import { quarantineLines } from './quarantine-lines.ts';

it('names quarantined images, without what a terminal would obey, and counts the others', () => {
  const quarantined = [
    { index: 7, uri: 's3://b/7.jpg' },
    { index: 9, uri: 's3://b/\u001b[2J.jpg' },
  ];
  expect(quarantineLines({ errors: { crashed_decoder: 5 }, quarantined })).toEqual([
    'quarantined: image 7, s3://b/7.jpg',
    'quarantined: image 9, s3://b/\\u001b[2J.jpg',
    'quarantined: 3 more',
  ]);
});

it('says nothing where there are none', () => {
  expect(quarantineLines({ errors: { empty: 2 } })).toEqual([]);
});
