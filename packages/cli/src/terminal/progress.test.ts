import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { duration, table } from './format.ts';
import { Progress, progressLine } from './progress.ts';
import { RateMeter } from './rate-meter.ts';

describe('the progress line', () => {
  it('shows how many of how many, the rate and the time left', () => {
    const meter = new RateMeter();
    const at = (done: number, now: number) =>
      stripVTControlCharacters(progressLine({ done, errors: 0, total: 400, totalIsFinal: true }, meter, now));
    at(0, 0);
    // 100 images in 5 s are 20 a second; the other 300 take 15 s
    expect(at(100, 5000)).toMatch(/100\/400 {2}20 images\/s {2}15s left$/);
  });

  it('marks a total that still grows, and promises no end', () => {
    const state = { done: 5, errors: 2, total: 32, totalIsFinal: false };
    const line = stripVTControlCharacters(progressLine(state, new RateMeter(), 0));
    expect(line).toContain('5/32+');
    expect(line).toContain('2 errors');
    expect(line).not.toContain('left');
  });

  it('is figures alone, every ten seconds, where there is no terminal', () => {
    vi.useFakeTimers({ now: 0 });
    const lines: string[] = [];
    const console = { out: () => {}, note: (line: string) => void lines.push(line), screen: null };
    let done = 0;
    using stack = new DisposableStack();
    stack.defer(() => vi.useRealTimers());
    stack.use(new Progress(console, () => ({ done, errors: 1, total: 400, totalIsFinal: true })));
    vi.advanceTimersByTime(10_000);
    done = 100;
    vi.advanceTimersByTime(10_000);
    // 100 images in 10 s: the other 300 take 30.
    expect(lines).toEqual(['0/400  starting  1 errors', '100/400  10 images/s  30s left  1 errors']);
  });

  it('follows a change of speed within ten seconds', () => {
    const meter = new RateMeter();
    for (let second = 0; second <= 60; second++) meter.rate(second * 100, second * 1000);
    let rate = 0;
    for (let second = 61; second <= 75; second++) rate = meter.rate(6000 + (second - 60) * 10, second * 1000);
    expect(rate).toBeCloseTo(10, 5);
  });
});

describe('durations and tables', () => {
  it('are short and aligned', () => {
    expect([3.2, 95, 3720].map(duration)).toEqual(['3s', '1m35s', '1h02m']);
    expect(
      table([
        ['a', 'bb'],
        ['ccc', 'd'],
      ]),
    ).toEqual(['a    bb', 'ccc  d']);
  });
});
