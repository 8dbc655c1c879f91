/**
 * Queue and ledger alone: supervisors whose engine answers at once, over a real Redis, with real parts on disk.
 * Images/s through 1 to 8 of them, CPU an image, how long their event loops were held up, what Redis spends on a chunk
 * (so where one Redis would be full), and that nothing is lost.
 *
 *   node --conditions=source bench/queue/main.ts [IMAGES [WORKERS …]]        default: 200000 1 2 4 8
 *
 * Writes bench/out/queue.json.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runScript } from '../child.ts';
import { imagesPerChunk } from '../enqueue/chunk-size.ts';
import { writeManifest } from '../enqueue/write-manifest.ts';
import { type Check, writeReport } from '../report.ts';
import type { BareParts } from './bare-parts.ts';
import { type QueueRun, queueRun } from './one-run.ts';

const [images = 200_000, ...counts] = process.argv.slice(2).map(Number);
const workers = counts.length === 0 ? [1, 2, 4, 8] : counts;
const work = mkdtempSync(join(tmpdir(), 'lm-'));
try {
  const manifest = join(work, 'images.txt');
  writeManifest(manifest, images);
  const bareArguments = [join(work, 'bare'), String(images), String(imagesPerChunk)];
  const bare = JSON.parse(
    await runScript(new URL('./bare-parts.ts', import.meta.url), bareArguments),
  ) as BareParts;
  rmSync(join(work, 'bare'), { recursive: true });
  const runs: QueueRun[] = [];
  for (const count of workers) {
    process.stderr.write(`${count} workers of ${workers.join(', ')}\n`);
    runs.push(await queueRun(manifest, count, imagesPerChunk, work));
  }
  await writeReport('queue', {
    title: 'Queue and ledger alone, with an engine that answers at once',
    command: ['node --conditions=source bench/queue/main.ts', ...process.argv.slice(2)].join(' '),
    about:
      `${images} images in chunks of ${imagesPerChunk}, enqueued before the workers start; parts on disk, each synced. ` +
      `The parts alone, without queue and ledger: ${Math.round(bare.imagesPerSecond)} images/s at ${bare.cpuMicroseconds.toFixed(1)} µs of CPU each. ` +
      'One Redis is full where its one core is: images of a chunk over the time it spends on it.',
    columns: [
      'workers',
      'images/s',
      'of the parts alone',
      'CPU, µs an image',
      'event loop p50, p99, most, ms',
      'Redis, µs and commands a chunk',
      'Redis full at, images/s',
      'lost',
      'counted twice',
    ],
    rows: runs.map((run) => [
      String(run.workers),
      String(Math.round(run.imagesPerSecond)),
      (run.imagesPerSecond / bare.imagesPerSecond).toFixed(2),
      run.cpuMicroseconds.toFixed(1),
      Object.values(run.delayMs)
        .map((ms) => ms.toFixed(1))
        .join(', '),
      `${run.redisMicrosecondsPerChunk.toFixed(0)}, ${run.redisCommandsPerChunk.toFixed(0)}`,
      String(Math.round((imagesPerChunk * 1e6) / run.redisMicrosecondsPerChunk)),
      String(run.lost),
      String(run.duplicates),
    ]),
    checks: runs.flatMap(checksOf),
    data: { images, imagesPerChunk, bare, runs },
  });
} finally {
  rmSync(work, { recursive: true, force: true });
}

function checksOf({ workers, imagesPerSecond, delayMs, lost }: QueueRun): Check[] {
  const checks: Check[] = [{ what: `images lost by ${workers}`, figure: lost, bar: 0, sense: 'at most' }];
  if (workers > 1) return checks;
  return [
    { what: 'images/s through one supervisor', figure: imagesPerSecond, bar: 10_000 },
    { what: 'its event-loop delay, p99, ms', figure: delayMs.p99, bar: 50, sense: 'at most' },
    ...checks,
  ];
}
