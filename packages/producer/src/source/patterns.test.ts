import { describe, expect, it } from 'vitest';
import { patternFilter } from './patterns.ts';

describe('which files belong to a run', () => {
  it('are images by their extension, in any case and at any depth, when nothing is said', () => {
    const belongs = patternFilter([], []);
    expect(['a.jpg', 'deep/er/B.JPEG', 'c.webp'].every(belongs)).toBe(true);
    expect(['CREDITS.md', 'a.jpg.txt', 'a.svg', 'a.pdf'].some(belongs)).toBe(false);
  });

  it('are what an include pattern says, and only that', () => {
    const belongs = patternFilter(['2026/**/*.dat'], []);
    expect(belongs('2026/x/y.dat')).toBe(true);
    expect(belongs('2026/x/y.jpg')).toBe(false);
  });

  it('are never what an exclude pattern names', () => {
    const belongs = patternFilter([], ['**/thumbs/**']);
    expect(belongs('a/thumbs/b.jpg')).toBe(false);
    expect(belongs('a/b.jpg')).toBe(true);
  });
});
