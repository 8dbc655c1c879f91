/**
 * The random soak: kills supervisors, engines, producers and Redis, and with --s3 the front of the Ceph that everything
 * lies in, alone and together, and takes the account after every round. The seed gives the same kills again.
 *
 *   node --conditions=source test/chaos/soak.ts --kills 200 --images 50000 [--seed N] [--s3]
 */
import { parseArgs } from 'node:util';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { cephAt, startCeph } from '../parts/ceph.ts';
import { type Kill, killsOf, planSoak } from './kill-plan.ts';
import { type RoundResult, soakRound } from './soak-round.ts';
import type { SoakCeph } from './soak-s3.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    images: { type: 'string', default: '50000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
    s3: { type: 'boolean', default: false },
  },
});
const { s3 } = values;
const [kills, images, seed] = [Number(values.kills), Number(values.images), Number(values.seed)];
console.log(`seed ${seed}: ${kills} kills over ${images} images`);
const began = performance.now();
const rounds = planSoak({ seed, kills, images, s3 });
const ceph = s3 ? await soakCeph() : undefined;
const results: RoundResult[] = [];
for (const [number, plan] of rounds.entries()) {
  const engine = plan.realEngine ? 'vgg-mini' : 'stand-in';
  console.log(
    `round ${number + 1} of ${rounds.length}: ${engine}, ${plan.images} images in chunks of ${plan.chunkSize}, ${killsOf(plan)} kills: ${plan.kills.map(shownKill).join(' ')}`,
  );
  const result = await soakRound(plan, ceph);
  results.push(result);
  const errors = Object.entries(result.errors).map(([code, count]) => `${count} ${code}`);
  console.log(
    `  ${isRight(result) ? 'pass' : 'FAIL'}  lost ${result.lost}, duplicated ${result.duplicated}, closed ${result.closed}, ${result.ok} ok${errors.length === 0 ? '' : `, ${errors.join(', ')}`}; exit ${result.statuses.join(' ')}; ${result.failedJobs} failed jobs; ${result.seconds.toFixed(0)} s`,
  );
}
const sum = (of: (result: RoundResult) => number) => results.reduce((all, result) => all + of(result), 0);
const killed = (of: readonly RoundResult[]) =>
  of.reduce((all, result) => all + Object.values(result.killed).reduce((a, b) => a + b, 0), 0);
const withEngine = results.filter((_, number) => rounds[number]?.realEngine);
console.log(
  `seed ${seed}: ${killed(results)} kills (${killed(withEngine)} with vgg-mini) over ${sum(({ images: n }) => n)} images in ${((performance.now() - began) / 1000).toFixed(0)} s: lost ${sum(({ lost }) => lost)}, duplicated ${sum(({ duplicated }) => duplicated)}, accounts closed ${results.filter(({ closed }) => closed).length} of ${results.length}`,
);
await ceph?.stores[Symbol.asyncDispose]();
if (!results.every(isRight)) process.exitCode = 1;

async function soakCeph(): Promise<SoakCeph> {
  const server = await startCeph(process.pid);
  return { server, stores: openOperatorStores(cephAt(server.url).config) };
}

function isRight({ lost, duplicated, closed, errors, statuses, failedJobs }: RoundResult): boolean {
  const status = Object.keys(errors).length > 0 ? 3 : 0;
  return lost === 0 && duplicated === 0 && closed && failedJobs === 0 && statuses.every((s) => s === status);
}

function shownKill({ at, victims, worker }: Kill): string {
  const names = victims.map((victim) =>
    victim === 'supervisor' || victim === 'engine' ? victim + worker : victim,
  );
  return `${Math.round(at * 100)}%:${names.join('+')}`;
}
