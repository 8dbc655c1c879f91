/** Two short rounds of the soak in S3, whose front is killed with the rest: each image ends as one record. */
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { expect, it } from 'vitest';
import { cephAt, startCeph } from '../parts/ceph.ts';
import { planRound } from './kill-plan.ts';
import { soakRound } from './soak-round.ts';

it.each([
  { realEngine: false, images: 1000, kills: 8 },
  { realEngine: true, images: 500, kills: 6 },
])(
  'kills at random lose nothing and count nothing twice: $kills over $images images (real engine: $realEngine)',
  async (round) => {
    // Not the one that `testCeph` shares: its front is killed.
    const server = await startCeph(process.pid);
    await using stores = openOperatorStores(cephAt(server.url).config);
    const seed = Math.floor(Math.random() * 1e6);
    // Printed, so that a failure can be had again.
    console.log(`seed ${seed}`);
    const result = await soakRound(planRound({ seed, s3: true, ...round }), { server, stores });
    expect(result).toMatchObject({ lost: 0, duplicated: 0, closed: true, failedJobs: 0 });
    const status = Object.keys(result.errors).length > 0 ? 3 : 0;
    expect(result.statuses).toEqual([status, status]);
    expect(result.errors.undecodable ?? 0).toBe(result.broken);
  },
  300_000,
);
