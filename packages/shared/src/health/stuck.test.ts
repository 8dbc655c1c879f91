import { describe, expect, it } from 'vitest';
import { idleSince, type WorkFacts } from './stuck.ts';

/** Work waits, and nothing keeps the process from taking it. */
const could: WorkFacts = {
  redisAnswers: true,
  waiting: 7,
  queuePaused: false,
  freeSlots: 1,
  outage: false,
  draining: false,
  taken: 3,
};

describe('a process that takes jobs', () => {
  it('is idle from the first look at which it could take one, until it takes one', () => {
    const first = idleSince(null, could, 1000);
    expect(first).toEqual({ sinceMs: 1000, taken: 3 });
    expect(idleSince(first, could, 90_000)).toEqual({ sinceMs: 1000, taken: 3 });
    expect(idleSince(first, { ...could, taken: 4 }, 95_000)).toEqual({ sinceMs: 95_000, taken: 4 });
  });

  it.each<[string, Partial<WorkFacts>]>([
    ['no work waits', { waiting: 0 }],
    ['it has its hands full', { freeSlots: 0 }],
    ['the queue is paused', { queuePaused: true }],
    ['an outage keeps it from taking any', { outage: true }],
    ['Redis does not answer', { redisAnswers: false }],
    ['it is told to stop', { draining: true }],
  ])('is not idle while %s, and then has the whole time again', (_, excuse) => {
    const since = idleSince(null, could, 1000);
    expect(idleSince(since, { ...could, ...excuse }, 2000)).toBeNull();
    expect(idleSince(null, could, 3000)).toEqual({ sinceMs: 3000, taken: 3 });
  });
});
