/**
 * labelmill beside what people would use instead, in turn on this machine.
 *
 *   node --conditions=source bench/peers/main.ts PHOTOS [--only a,b] [--pairs 3] [--images 300] [--steady-images 800]
 *
 * Names for --only: see comparisons.ts. The Python peers install themselves on first use.
 */
import { parseArgs } from 'node:util';
import { UsageError } from '@labelmill/shared/errors';
import { benchBundle } from '../bundles.ts';
import { type LabelRun, labelPhotos } from '../label-run.ts';
import { medianAndQuartiles } from '../median.ts';
import { enoughPhotos } from '../photo-files.ts';
import { shownSpread, writeReport } from '../report.ts';
import { runBench } from '../run-bench.ts';
import { type Comparison, comparisons, type PeerRun } from './comparisons.ts';
import { peersPython } from './python-peers.ts';

interface Pair {
  readonly ours: LabelRun;
  readonly theirs: PeerRun;
}

const { values, positionals } = parseArgs({
  options: {
    only: { type: 'string', default: comparisons.map(({ name }) => name).join(',') },
    pairs: { type: 'string', default: '3' },
    images: { type: 'string', default: '300' },
    'steady-images': { type: 'string', default: '800' },
  },
  allowPositionals: true,
});
const pairs = Number(values.pairs);

await runBench(async () => {
  const chosen = values.only.split(',').map(comparisonOf);
  const images = { job: Number(values.images), steady: Number(values['steady-images']) };
  const photos = await enoughPhotos(
    positionals[0] ?? '',
    Math.max(...chosen.map(({ size }) => images[size])),
  );
  if (chosen.some(({ name }) => name !== 'node-loop')) await peersPython();
  const measured: { comparison: Comparison; pairs: Pair[] }[] = [];
  for (const comparison of chosen) {
    measured.push({ comparison, pairs: await measure(comparison, photos.slice(0, images[comparison.size])) });
  }
  await writeReport('peers', {
    title: 'Beside what people would use instead',
    command: `node --conditions=source bench/peers/main.ts PHOTOS --pairs ${pairs}`,
    about: `${pairs} pairs in turn, median (quartiles); ${images.job} photos in files, ${images.steady} for the steady state. Whole job: from the command to its end. Steady state: from the model being ready to the last image. Ray Data and the plain loop run the same ONNX file; PyTorch's loop runs its own VGG-16 on random pixels, without decoding. Where the processor has AVX512-BF16, one of its instructions does 32 multiplications of bf16, and one of VNNI 64 of int8: there int8 cannot be four times as fast as bf16.`,
    columns: [
      'peer',
      'bundle',
      'photos',
      'ours, images/s',
      'theirs',
      'ratio, whole job',
      'ratio, steady state',
    ],
    rows: measured.map(({ comparison: { peer, bundle, size }, pairs }) => [
      peer,
      bundle,
      String(images[size]),
      shownSpread(medianAndQuartiles(pairs.map(({ ours }) => ours.imagesPerSecond)), 1),
      shownSpread(medianAndQuartiles(pairs.map(({ theirs }) => theirs.imagesPerSecond)), 1),
      pairs[0]!.theirs.wallSeconds === null ? '' : shownSpread(medianAndQuartiles(pairs.map(wholeJob)), 2),
      shownSpread(medianAndQuartiles(pairs.map(steadyState)), 2),
    ]),
    checks: measured.flatMap(({ comparison: { peer, bundle, bars }, pairs }) =>
      [
        { what: 'whole job', bar: bars.wholeJob, ratio: wholeJob },
        { what: 'steady state', bar: bars.steadyState, ratio: steadyState },
      ].flatMap(({ what, bar, ratio }) =>
        bar === undefined
          ? []
          : [
              {
                what: `${bundle} ÷ ${peer}, ${what}`,
                figure: medianAndQuartiles(pairs.map(ratio)).median,
                bar,
              },
            ],
      ),
    ),
    data: measured.map(({ comparison: { name }, pairs }) => ({ name, pairs })),
  });
});

function comparisonOf(name: string): Comparison {
  const found = comparisons.find((comparison) => comparison.name === name);
  if (found !== undefined) return found;
  const there = comparisons.map((comparison) => comparison.name).join(', ');
  throw new UsageError('unknown_peer', `no peer ${JSON.stringify(name)}; there is: ${there}`);
}

async function measure(
  { name, bundle: bundleName, run }: Comparison,
  photos: readonly string[],
): Promise<Pair[]> {
  const bundle = await benchBundle(bundleName, photos);
  const done: Pair[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    // The order turns, so that a machine that slows down meets both.
    const before = pair % 2 === 0 ? await run(bundle, photos) : null;
    const ours = await labelPhotos(bundle.folder, photos);
    const both = { ours, theirs: before ?? (await run(bundle, photos)) };
    done.push(both);
    process.stderr.write(
      `${name} ${pair + 1}/${pairs}: ${ours.imagesPerSecond.toFixed(2)} beside ${both.theirs.imagesPerSecond.toFixed(2)} images/s\n`,
    );
  }
  return done;
}

/** How many times faster the user has all labels. NaN where the peer labels no photos. */
function wholeJob({ ours, theirs }: Pair): number {
  return (theirs.wallSeconds ?? Number.NaN) / ours.wallSeconds;
}

function steadyState({ ours, theirs }: Pair): number {
  return ours.imagesPerSecond / theirs.imagesPerSecond;
}
