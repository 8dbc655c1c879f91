/**
 * End to end against the composed limit: `labelmill label` on photos in a folder, beside what the machine can do at best,
 * measured in turn.
 *
 *   node --conditions=source bench/end-to-end/main.ts PHOTOS [--models a,b] [--images 600] [--rounds 7]
 *
 * The rate is that of the steady state: from the engine being ready to the last image; start-up stands apart.
 */
import { parseArgs } from 'node:util';
import { type BenchBundle, benchBundle, benchBundleNames } from '../bundles.ts';
import { type LabelRun, labelPhotos } from '../label-run.ts';
import { medianAndQuartiles } from '../median.ts';
import { enoughPhotos } from '../photo-files.ts';
import { shownSpread, writeReport } from '../report.ts';
import { runBench } from '../run-bench.ts';
import { type Limit, measureLimit } from './limit.ts';

/** Against the composed limit; vgg-mini is decode-bound, its limit the bare decode loop. */
const bars: Record<BenchBundle, number> = { 'vgg16-fp32': 0.95, 'vgg16-int8': 0.95, 'vgg-mini-fp32': 0.9 };

const { values, positionals } = parseArgs({
  options: {
    models: { type: 'string', default: benchBundleNames.join(',') },
    images: { type: 'string', default: '600' },
    rounds: { type: 'string', default: '7' },
  },
  allowPositionals: true,
});

await runBench(async () => {
  const photos = await enoughPhotos(positionals[0] ?? '', Number(values.images));
  const names = benchBundleNames.filter((name) => values.models.split(',').includes(name));
  const rounds = Number(values.rounds);

  const measured: { name: BenchBundle; rounds: (LabelRun & { limit: Limit; ratio: number })[] }[] = [];
  for (const name of names) {
    const bundle = await benchBundle(name, photos);
    const limitNow = () => measureLimit(bundle, photos, name === 'vgg-mini-fp32' ? 'decode' : 'composed');
    const labelNow = () => labelPhotos(bundle.folder, photos);
    const done: (LabelRun & { limit: Limit; ratio: number })[] = [];
    for (let round = 0; round < rounds; round++) {
      // The order turns, so that a machine that slows down meets both.
      const before = round % 2 === 0 ? await limitNow() : null;
      const run = await labelNow();
      const limit = before ?? (await limitNow());
      const ratio = run.imagesPerSecond / limit.imagesPerSecond;
      done.push({ ...run, limit, ratio });
      process.stderr.write(
        `${name} ${round + 1}/${rounds}: ${run.imagesPerSecond.toFixed(2)} of ${limit.imagesPerSecond.toFixed(2)} images/s, ${ratio.toFixed(3)}\n`,
      );
    }
    measured.push({ name, rounds: done });
  }

  await writeReport('end-to-end', {
    title: 'End to end against the limit of the machine',
    command: `node --conditions=source bench/end-to-end/main.ts PHOTOS --images ${values.images} --rounds ${values.rounds}`,
    about: `${photos.length} photos in files, ${rounds} rounds, median (quartiles). Limit: 1 / (best bare session time + best bare decode time an image), for vgg-mini the bare decode loop alone; both at their best setting of a grid, measured in turn with the runs.`,
    columns: ['bundle', 'images/s', 'limit, images/s', 'ratio', 'start-up, s', 'best setting'],
    rows: measured.map(({ name, rounds }) => {
      const spread = (figure: (round: (typeof rounds)[number]) => number, digits: number) =>
        shownSpread(medianAndQuartiles(rounds.map(figure)), digits);
      const { session, decode } = rounds.at(-1)!.limit;
      return [
        name,
        spread((round) => round.imagesPerSecond, 1),
        spread((round) => round.limit.imagesPerSecond, 1),
        spread((round) => round.ratio, 3),
        spread((round) => round.startUpSeconds, 1),
        `${session === null ? '' : `${session}; `}decode ${decode}`,
      ];
    }),
    checks: measured.map(({ name, rounds }) => ({
      what: `${name} end to end ÷ limit`,
      figure: medianAndQuartiles(rounds.map(({ ratio }) => ratio)).median,
      bar: bars[name],
    })),
    data: measured,
  });
});
