/**
 * What deaths and outages cost a run with vgg-mini: killed workers and engines, a Redis and an S3 that are away for a
 * while, a chunk whose workers are told to stop again and again.
 *
 *   node --conditions=source bench/recovery/main.ts [ROUNDS [REDIS-SECONDS [DRAINS [S3-SECONDS]]]]      default: 5 40 25 120
 *
 * Installs Ceph where it is missing. Writes bench/out/recovery.json. Linux only; about eight minutes.
 */
import { medianAndQuartiles } from '../median.ts';
import { type Check, writeReport } from '../report.ts';
import { drainOften } from './drains.ts';
import { killedEngine } from './killed-engine.ts';
import { killedWorker } from './killed-worker.ts';
import { redisOutage } from './redis-outage.ts';
import { s3Outage } from './s3-outage.ts';

const [rounds = 5, redisSeconds = 40, drainCount = 25, s3Seconds = 120] = process.argv.slice(2).map(Number);

const worker = await killedWorker(rounds);
const engine = await killedEngine(rounds);
const redis = await redisOutage(redisSeconds);
const drains = await drainOften(drainCount);
const s3 = await s3Outage(s3Seconds);

const one = (seconds: number) => `${seconds.toFixed(1)} s`;
const each = (seconds: readonly number[]) =>
  `${one(medianAndQuartiles(seconds).median)}, at most ${one(Math.max(...seconds))}`;
const commits = engine.map(({ commitSeconds }) => commitSeconds);
const lost = ({ listed, ok }: { listed: number; ok: number }) => listed - ok;
const atMost = (what: string, figure: number, bar: number): Check => ({
  what,
  figure,
  bar,
  sense: 'at most',
});

await writeReport('recovery', {
  title: 'Recovery: what deaths and outages cost',
  command: ['node --conditions=source bench/recovery/main.ts', ...process.argv.slice(2)].join(' '),
  about:
    `vgg-mini, small photos, chunks of 8 or 32. Workers and engines are killed ${rounds} times each (median). ` +
    'The cost of an outage of Redis: the time that the images of the first twenty seconds after it took beyond what they take before it.',
  columns: ['what happens', 'measured', 'seen'],
  rows: [
    ['a worker is killed', 'its chunks are in work again after', each(worker)],
    ['an engine is killed', 'the next one is warm after', each(engine.map(({ backSeconds }) => backSeconds))],
    ['', 'a chunk is done by it after', each(commits)],
    [`Redis is away for ${redisSeconds} s`, 'a chunk is counted after', one(redis.firstCommitSeconds)],
    ['', 'cost', one(redis.costSeconds)],
    [`${drains.drains} drains of one chunk`, 'images labelled', `${drains.ok} of ${drains.listed}`],
    [`S3 is away for ${s3Seconds} s`, 'the run is complete after', one(s3.completeSeconds)],
    ['', 'images labelled', `${s3.ok} of ${s3.listed}, ${s3.before} of them before`],
  ],
  checks: [
    atMost('seconds until the chunks of a killed worker are in work again', Math.max(...worker), 15),
    atMost('seconds until a killed engine is followed by one that labels', Math.max(...commits), 3),
    atMost(`seconds that ${redisSeconds} s without Redis cost once it is back`, redis.costSeconds, 5),
    atMost(`attempts spent by ${drains.drains} drains`, drains.attempts, 0),
    atMost(`images not labelled after ${drains.drains} drains`, lost(drains), 0),
    atMost(`attempts spent by ${s3Seconds} s without S3`, s3.attempts, 0),
    atMost(`images not labelled after ${s3Seconds} s without S3`, lost(s3), 0),
    atMost('exit status of verify after it', s3.verified ?? 255, 0),
  ],
  data: { worker, engine, redis, drains, s3 },
});
