/**
 * A worker that labels for a long time: is the resident memory of its supervisor and its engine flat after warm-up?
 *
 *   node --conditions=source bench/soak/main.ts PHOTOS [MINUTES] [MODEL]       default: 30 vgg-mini
 *
 * Takes a sample every five seconds; the first fifth of the time is warm-up. The bar compares the median of the last
 * quarter of what follows with that of its first quarter. Writes bench/out/soak.json. Linux only.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PrivateRedis } from '@labelmill/cli/local/private-redis';
import { Ledger } from '@labelmill/shared/ledger/ledger';
import { connectRedis } from '@labelmill/shared/redis/connection';
import { residentBytes } from '@labelmill/worker/supervisor/memory-watch';
import { medianAndQuartiles } from '../median.ts';
import { photoFiles } from '../photo-files.ts';
import { writeReport } from '../report.ts';
import { watchLabelmill } from '../watched-command.ts';

const [photos, minutes = '30', model = 'vgg-mini'] = process.argv.slice(2);
if (photos === undefined) throw new Error('usage: bench/soak/main.ts PHOTOS [MINUTES] [MODEL]');
const sampleMs = 5_000;
const warmUpShare = 0.2;
/** More than any machine labels in the time. */
const listed = 3_000_000;

interface Sample {
  readonly seconds: number;
  readonly supervisor: number;
  readonly engine: number;
  readonly images: number;
}

const work = mkdtempSync(join(tmpdir(), 'lm-'));
try {
  await using redis = await PrivateRedis.start(work);
  const manifest = join(work, 'manifest.txt');
  const paths = await photoFiles(photos);
  const round = `${paths.join('\n')}\n`;
  await writeFile(manifest, round.repeat(Math.ceil(listed / paths.length)));
  const env = { REDIS_URL: redis.url, LABELMILL_FILE_ROOTS: resolve(photos), LABELMILL_LOG_LEVEL: 'warn' };
  const worker = watchLabelmill(['worker', '--model', model], env);
  const enqueue = watchLabelmill(
    ['enqueue', manifest, '--out', join(work, 'runs'), '--model', model, '--wait'],
    env,
  );
  const client = await connectRedis(redis.url);
  const samples = await watch(worker.child.pid ?? 0, new Ledger(client));
  client.disconnect();
  enqueue.child.kill('SIGKILL');
  worker.child.kill('SIGTERM');
  await worker.ended;
  await report(samples);
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function watch(pid: number, ledger: Ledger): Promise<Sample[]> {
  const samples: Sample[] = [];
  const began = performance.now();
  for (;;) {
    await delay(sampleMs);
    const seconds = (performance.now() - began) / 1000;
    const [run] = await ledger.runs(1);
    const account = run === undefined ? null : await ledger.account(run);
    const engine = childOf(pid);
    samples.push({
      seconds,
      supervisor: residentBytes(pid) ?? 0,
      engine: (engine === null ? null : residentBytes(engine)) ?? 0,
      images: (account?.ok ?? 0) + (account?.error ?? 0),
    });
    if (seconds >= Number(minutes) * 60) return samples;
  }
}

function childOf(pid: number): number | null {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
  return children === '' ? null : Number(children.split(' ')[0]);
}

async function report(samples: readonly Sample[]): Promise<void> {
  const warm = samples.slice(Math.floor(samples.length * warmUpShare));
  const quarter = Math.floor(warm.length / 4);
  const megabytes = (some: readonly Sample[], of: 'supervisor' | 'engine') =>
    medianAndQuartiles(some.map((sample) => sample[of])).median / 2 ** 20;
  const figures = (['supervisor', 'engine'] as const).map((of) => {
    const [first, last] = [megabytes(warm.slice(0, quarter), of), megabytes(warm.slice(-quarter), of)];
    return { of, first, last, growth: last / first };
  });
  const images = samples.at(-1)?.images ?? 0;
  await writeReport('soak', {
    title: 'Memory over a long time',
    command: `node --conditions=source bench/soak/main.ts PHOTOS ${minutes} ${model}`,
    about: `A worker with ${model}: ${images} images in ${minutes} minutes. Resident memory, medians of the first and the last quarter of the time after warm-up.`,
    columns: ['', 'first quarter, MB', 'last quarter, MB'],
    rows: figures.map(({ of, first, last }) => [of, first.toFixed(0), last.toFixed(0)]),
    checks: figures.map(({ of, growth }) => ({
      what: `resident memory of the ${of}, last quarter over first`,
      figure: growth,
      bar: 1.05,
      sense: 'at most',
    })),
    data: { model, minutes: Number(minutes), images, figures, samples },
  });
}
