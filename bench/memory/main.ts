/**
 * How much memory it takes to make a model's bundles.
 *
 *   node --conditions=source bench/memory/main.ts PHOTOS [MODEL]
 *
 * Runs `model init`, `model convert` and `model quantize` on MODEL (vgg19, the largest) as a user would, each in a process
 * of its own, and reads what was resident at most. PHOTOS: a folder of images, of which 16 are used.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../child.ts';
import { writeReport } from '../report.ts';

/** Megabytes (10⁶ bytes) that no step may pass. */
const mostMegabytes = 2500;

const [photos = '', model = 'vgg19'] = process.argv.slice(2);
const preload = new URL('./print-peak.ts', import.meta.url).href;
const cli = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));
const steps = [
  { what: 'building', args: ['init', model] },
  { what: 'converting to fp16', args: ['convert', model, '--precision', 'fp16'] },
  { what: 'quantising to int8', args: ['quantize', model, '--images', photos, '--limit', '16'] },
];

const folder = await mkdtemp(join(tmpdir(), 'bench-memory-'));
const peaks: { what: string; megabytes: number }[] = [];
try {
  for (const { what, args } of steps) {
    const peakFile = join(folder, 'peak');
    const env = { LABELMILL_MODELS: join(folder, 'models'), BENCH_PEAK_FILE: peakFile };
    process.stderr.write(`${what}: labelmill model ${args.join(' ')}\n`);
    await runProgram(process.execPath, ['--conditions=source', '--import', preload, cli, 'model', ...args], {
      env,
    });
    const kilobytes = Number(await readFile(peakFile, 'utf8'));
    peaks.push({ what, megabytes: (kilobytes * 1024) / 1e6 });
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
await writeReport('memory', {
  title: `Memory that making bundles of ${model} takes`,
  command: `node --conditions=source bench/memory/main.ts PHOTOS ${model}`,
  about: `The most that was resident in the process of each command, mapped files included. Quantising used 16 images; of more, 150 kB each are kept for at most 100.`,
  columns: ['step', 'peak'],
  rows: peaks.map(({ what, megabytes }) => [what, `${megabytes.toFixed(0)} MB`]),
  checks: peaks.map(({ what, megabytes }) => ({
    what: `${mostMegabytes} MB against the peak of ${what}`,
    figure: mostMegabytes / megabytes,
    bar: 1,
  })),
  data: peaks,
});
