/**
 * How long VGG-16 takes to load as graph over external data, against the same model as a single ONNX file.
 *
 *   node --conditions=source bench/load/main.ts [pairs]
 *
 * Untrained weights: loading does not look at them. Each load is a process of its own; the two take turns, so that what
 * else the machine does meets both. The first pair only warms the page cache. Writes bench/out/load.json.
 */
import { execFile } from 'node:child_process';
import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { initBundle } from '@labelmill/models/init-bundle';
import { medianAndQuartiles } from '../median.ts';
import { outFolder, shownSpread, writeReport } from '../report.ts';
import { writeSingleFile } from './single-file.ts';

interface Load {
  /** Until the session is there. */
  readonly createMs: number;
  /** Until it has given its first scores. */
  readonly readyMs: number;
}

const pairs = Number(process.argv[2] ?? 9);
const folder = join(outFolder, 'load-models');
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
await writeReport('load', {
  title: 'Loading VGG-16: weights as external data against one file',
  command: `node --conditions=source bench/load/main.ts ${pairs}`,
  about: `${pairs} pairs in turn, each a process of its own, median (quartiles); untrained weights.`,
  columns: ['', 'external data', 'one file', 'ratio'],
  rows: [
    [
      'load, ms',
      shownSpread(figures.createMs.external, 0),
      shownSpread(figures.createMs.single, 0),
      shownSpread(figures.createRatio, 3),
    ],
    ['load and first scores', '', '', shownSpread(figures.readyRatio, 3)],
  ],
  checks: [],
  data: { figures, loads },
});

async function load(path: string): Promise<Load> {
  const script = fileURLToPath(new URL('load-once.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, path]);
  return JSON.parse(stdout);
}

function spread(figure: (pair: (typeof loads)[number]) => number) {
  return medianAndQuartiles(loads.map(figure));
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
