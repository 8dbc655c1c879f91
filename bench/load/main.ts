/**
 * How long VGG-16 takes to load as graph over external data, against the same model as a single ONNX file.
 *
 *   node --conditions=source bench/load/main.ts [pairs]
 *
 * Untrained weights: loading does not look at them. Each load is a process of its own; the two take turns, so that what
 * else the machine does meets both. The first pair only warms the page cache. Writes bench/out/load.json.
 */
import { execFile } from 'node:child_process';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { initBundle } from '@labelmill/models/init-bundle';
import { medianAndQuartiles } from './median.ts';
import { writeSingleFile } from './single-file.ts';

interface Load {
  /** Until the session is there. */
  readonly createMs: number;
  /** Until it has given its first scores. */
  readonly readyMs: number;
}

const pairs = Number(process.argv[2] ?? 9);
const out = fileURLToPath(new URL('../out/', import.meta.url));
const folder = join(out, 'load-models');
const bundle = join(folder, 'vgg16-fp32');
const external = join(bundle, 'model.onnx');
const single = join(folder, 'vgg16-single.onnx');

await mkdir(folder, { recursive: true });
if (!(await isThere(bundle))) await initBundle({ model: 'vgg16', seed: 1, folder });
if (!(await isThere(single))) await writeSingleFile(bundle, single);

const loads: { external: Load; single: Load }[] = [];
for (let pair = 0; pair <= pairs; pair++) {
  // The order turns too: whoever comes second finds its libraries in the cache.
  const [first, second] = pair % 2 === 0 ? [external, single] : [single, external];
  const times = new Map([[first, await load(first)]]);
  times.set(second, await load(second));
  const measured = { external: times.get(external)!, single: times.get(single)! };
  if (pair > 0) loads.push(measured);
}

const figures = {
  createMs: {
    external: spread((pair) => pair.external.createMs),
    single: spread((pair) => pair.single.createMs),
  },
  createRatio: spread((pair) => pair.external.createMs / pair.single.createMs),
  readyRatio: spread((pair) => pair.external.readyMs / pair.single.readyMs),
};
const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version };
await writeFile(join(out, 'load.json'), `${JSON.stringify({ machine, pairs, figures, loads }, null, 2)}\n`);
console.log(`VGG-16, ${pairs} pairs on ${machine.cores} × ${machine.cpu}; median (quartiles)`);
console.log(`  load, external data   ${milliseconds(figures.createMs.external)}`);
console.log(`  load, single file     ${milliseconds(figures.createMs.single)}`);
console.log(`  ratio of loading      ${ratio(figures.createRatio)}`);
console.log(`  ratio to first scores ${ratio(figures.readyRatio)}`);

async function load(path: string): Promise<Load> {
  const script = fileURLToPath(new URL('load-once.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, path]);
  return JSON.parse(stdout);
}

function spread(figure: (pair: (typeof loads)[number]) => number) {
  return medianAndQuartiles(loads.map(figure));
}

function milliseconds({ median, lower, upper }: ReturnType<typeof spread>): string {
  return `${median.toFixed(0)} ms (${lower.toFixed(0)} to ${upper.toFixed(0)})`;
}

function ratio({ median, lower, upper }: ReturnType<typeof spread>): string {
  return `${median.toFixed(3)} (${lower.toFixed(3)} to ${upper.toFixed(3)})`;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
