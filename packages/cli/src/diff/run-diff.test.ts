import type { RecordPair } from '@labelmill/producer/changed/paired-records';
import { describe, expect, it } from 'vitest';
import { RunDiff } from './run-diff.ts';

const ok = (uri: string, id: string, score: number): RecordPair['a'] => ({
  index: 0,
  uri,
  status: 'ok',
  labels: [{ id, label: `the ${id}`, score }],
});
const failed = (uri: string): RecordPair['a'] => ({
  index: 0,
  uri,
  status: 'error',
  error: { code: 'undecodable', message: '', retryable: false },
});

describe('a diff of two runs', () => {
  const diff = new RunDiff(0.5);
  diff.add({ a: ok('same', 'cat', 0.9), b: ok('same', 'cat', 0.8) });
  diff.add({ a: ok('other', 'cat', 0.9), b: ok('other', 'dog', 0.4) });
  diff.add({ a: ok('low before', 'cat', 0.3), b: ok('low before', 'cat', 0.2) });
  diff.add({ a: failed('mended'), b: ok('mended', 'dog', 0.6) });
  diff.add({ a: ok('broken', 'cat', 0.6), b: failed('broken') });
  diff.add({ a: ok('gone', 'owl', 0.6), b: null });
  diff.add({ a: null, b: ok('new', 'dog', 0.1) });

  it('counts what changed, what one run has alone, and what became uncertain', () => {
    expect(diff.counts).toEqual({
      both: 5,
      same: 2,
      changed: 1,
      errorToOk: 1,
      okToError: 1,
      bothError: 0,
      onlyA: 1,
      onlyB: 1,
      newlyUncertain: 2,
    });
    expect(diff.changed.map(({ uri, from, to }) => [uri, from.id, to.id])).toEqual([['other', 'cat', 'dog']]);
    expect(diff.uncertain.map(({ uri, before }) => [uri, before])).toEqual([
      ['other', 0.9],
      ['new', null],
    ]);
  });

  it('gives the drift of classes, and how much of the distribution moved', () => {
    expect(diff.drift.map(({ id, a, b }) => [id, a, b])).toEqual([
      ['dog', 0, 3],
      ['cat', 4, 2],
      ['owl', 1, 0],
    ]);
    // First run: cat 4/5, owl 1/5. Second: cat 2/5, dog 3/5. ½ (2/5 + 1/5 + 3/5) = 3/5.
    expect(diff.distance).toBeCloseTo(0.6, 12);
  });
});
