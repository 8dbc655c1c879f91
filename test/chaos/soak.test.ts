/** Two short rounds of the soak (soak.ts has the long ones): whatever is killed, each image ends as one record. */
import { expect, it } from 'vitest';
import { planRound } from './kill-plan.ts';
import { soakRound } from './soak-round.ts';

it('the same seed gives the same kills', () => {
  const round = { kills: 10, images: 1000, realEngine: true, s3: false };
  expect(planRound({ seed: 7, ...round })).toEqual(planRound({ seed: 7, ...round }));
  expect(planRound({ seed: 8, ...round })).not.toEqual(planRound({ seed: 7, ...round }));
});

it.each([
  { realEngine: false, images: 1000, kills: 8 },
  { realEngine: true, images: 300, kills: 4 },
])(
  'kills at random lose nothing and count nothing twice: $kills over $images images (real engine: $realEngine)',
  async (round) => {
    const seed = Math.floor(Math.random() * 1e6);
    // Printed, so that a failure can be had again.
    console.log(`seed ${seed}`);
    const result = await soakRound(planRound({ seed, s3: false, ...round }));
    expect(result).toMatchObject({ lost: 0, duplicated: 0, closed: true, failedJobs: 0 });
    const status = Object.keys(result.errors).length > 0 ? 3 : 0;
    expect(result.statuses).toEqual([status, status]);
    // A file that is cut short is found out whoever was killed meanwhile.
    expect(result.errors.undecodable ?? 0).toBe(result.broken);
  },
  180_000,
);
