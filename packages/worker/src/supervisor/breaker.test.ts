import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Breaker, opensAfter, probeDelaysMs } from './breaker.ts';

let said: string[];
let breaker: Breaker;

beforeEach(() => {
  vi.useFakeTimers();
  said = [];
  breaker = new Breaker({
    open: (delay) => said.push(`open ${delay}`),
    probe: () => said.push('probe'),
    close: () => said.push('close'),
  });
});
afterEach(() => {
  breaker[Symbol.dispose]();
  vi.useRealTimers();
});

const outages = (count: number) => {
  for (let n = 0; n < count; n++) breaker.outage();
};

describe('the breaker', () => {
  it('stays closed for single outages with chunks done in between', () => {
    for (let n = 0; n < 20; n++) {
      outages(opensAfter - 1);
      breaker.success();
    }
    expect(said).toEqual([]);
  });

  it('opens once when chunk after chunk meets an outage, however many were in work', () => {
    outages(10);
    expect(said).toEqual(['open 2000']);
    expect(breaker.state).toBe('open');
  });

  it('probes with one chunk, waits longer after each that fails, and never longer than ten seconds', () => {
    outages(opensAfter);
    for (let n = 0; n < 6; n++) {
      vi.advanceTimersToNextTimer();
      breaker.outage();
    }
    expect(said.filter((word) => word !== 'probe')).toEqual(
      [2000, 4000, 8000, 10_000, 10_000, 10_000, 10_000].map((delay) => `open ${delay}`),
    );
    expect(said.filter((word) => word === 'probe')).toHaveLength(6);
  });

  it('closes at the first chunk that gets through, and begins anew with a short wait', () => {
    outages(opensAfter);
    vi.advanceTimersByTime(probeDelaysMs[0]);
    breaker.success();
    expect(said).toEqual(['open 2000', 'probe', 'close']);
    outages(opensAfter);
    expect(said.at(-1)).toBe('open 2000');
  });

  it('closes without a probe when a chunk from before the outage still gets through', () => {
    outages(opensAfter);
    breaker.success();
    vi.advanceTimersByTime(60_000);
    expect(said).toEqual(['open 2000', 'close']);
  });
});
