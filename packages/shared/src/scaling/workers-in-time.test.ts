import fc from 'fast-check';
import { expect, it } from 'vitest';
import { noStages } from '../stages/stage-totals.ts';
import { measuredRate } from './measured-rate.ts';
import { workersInTime } from './workers-in-time.ts';

const now = Date.parse('2026-11-24T12:00:00Z');
const hour = 3_600_000;

it('are images left ÷ (images/s of one × seconds left)', () => {
  // 7.2 million in two hours are 1,000 a second: ten workers of 100.
  const run = { imagesLeft: 7_200_000, finishByMs: now + 2 * hour, imagesPerSecond: 100 };
  expect(workersInTime([run], now)).toBeCloseTo(10, 10);
  expect(workersInTime([{ ...run, imagesLeft: 3_600_000 }], now)).toBeCloseTo(5, 10);
  expect(workersInTime([run], now + hour)).toBeCloseTo(20, 10);
});

it('of several runs add up; those with nothing left need none', () => {
  const run = { imagesLeft: 360_000, finishByMs: now + hour, imagesPerSecond: 50 };
  const done = { imagesLeft: 0, finishByMs: null, imagesPerSecond: null };
  expect(workersInTime([run, run, done], now)).toBeCloseTo(4, 10);
  expect(workersInTime([], now)).toBe(0);
});

it('are the queue length to say where a run has no wished-for end', () => {
  const run = { imagesLeft: 10, finishByMs: now + hour, imagesPerSecond: 50 };
  expect(workersInTime([run, { ...run, finishByMs: null }], now)).toBeNull();
});

it('are one before anything is measured', () => {
  expect(workersInTime([{ imagesLeft: 10 ** 9, finishByMs: now + hour, imagesPerSecond: null }], now)).toBe(
    1,
  );
});

it('of a run that is late are enough to end in a minute', () => {
  const run = { imagesLeft: 60_000, finishByMs: now - hour, imagesPerSecond: 100 };
  expect(workersInTime([run], now)).toBeCloseTo(10, 10);
});

it('do the work in time, and one less whole worker would not', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10 ** 8 }),
      fc.integer({ min: 60, max: 10 ** 6 }),
      fc.double({ min: 0.1, max: 10 ** 4, noNaN: true }),
      (imagesLeft, seconds, imagesPerSecond) => {
        const run = { imagesLeft, finishByMs: now + 1000 * seconds, imagesPerSecond };
        const workers = Math.ceil(workersInTime([run], now) ?? Number.NaN);
        const inTime = (n: number) => n * imagesPerSecond * seconds;
        expect(inTime(workers)).toBeGreaterThanOrEqual(imagesLeft * (1 - 1e-9));
        expect(inTime(workers - 1)).toBeLessThan(imagesLeft * (1 + 1e-9));
      },
    ),
  );
});

it('are reckoned with the images/s of a worker that has chunks', () => {
  // Two workers of 100 s each, 20 s of them without a chunk: 9,000 images in 180 s.
  expect(measuredRate({ ...noStages(), inferred: 9000, wall: 200, queueWait: 20 })).toBe(50);
  expect(measuredRate(noStages())).toBeNull();
});
