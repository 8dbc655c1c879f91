import { describe, expect, it } from 'vitest';
import { type Due, whyLeftOut } from './why-left-out.ts';

const at = Date.UTC(2026, 10, 24, 3);
const due: Due = { at, now: at + 500, manual: false, before: 'complete' };
const schedule = { paused: false, overlap: 'skip', missed: 'run' } as const;

describe('a schedule that is due', () => {
  it('begins its run, also where it began none before or Redis has forgotten it', () => {
    expect(whyLeftOut(schedule, due)).toBeNull();
    expect(whyLeftOut(schedule, { ...due, before: null })).toBeNull();
  });

  it.each(['listing', 'running', 'paused'] as const)(
    'is left out while its run before is %s, unless overlaps are allowed',
    (before) => {
      expect(whyLeftOut(schedule, { ...due, before })).toBe('overlap');
      expect(whyLeftOut(schedule, { ...due, before, manual: true })).toBe('overlap');
      expect(whyLeftOut({ ...schedule, overlap: 'allow' }, { ...due, before })).toBeNull();
    },
  );

  it('and was missed by hours is made up for, or left out where that is the policy', () => {
    const late = { ...due, now: at + 3 * 3_600_000 };
    expect(whyLeftOut(schedule, late)).toBeNull();
    expect(whyLeftOut({ ...schedule, missed: 'skip' }, late)).toBe('missed');
    expect(whyLeftOut({ ...schedule, missed: 'skip' }, due)).toBeNull();
  });

  it('and paused is left out, but not when it is asked for by hand', () => {
    expect(whyLeftOut({ ...schedule, paused: true }, due)).toBe('paused');
    expect(whyLeftOut({ ...schedule, paused: true }, { ...due, manual: true })).toBeNull();
  });
});
