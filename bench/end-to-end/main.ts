/**
 * End to end against the composed limit: `labelmill label` on photos in a folder, or in an S3 on this machine, beside what
 * the machine can do at best, measured in turn.
 *
 *   node --conditions=source bench/end-to-end/main.ts PHOTOS [--from files|s3] [--models a,b] [--images 600] [--rounds 7]
 *
 * The rate is that of the steady state: from the engine being ready to the last image; start-up stands apart. From S3, the
 * machine also runs the server, which in earnest runs elsewhere: what it took of all cores' time is no part of the rate.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { UsageError } from '@labelmill/shared/errors';
import { type BenchBundle, benchBundle, benchBundleNames } from '../bundles.ts';
import { type LabelRun, labelPhotos } from '../label-run.ts';
import { medianAndQuartiles } from '../median.ts';
import { enoughPhotos } from '../photo-files.ts';
import { shownSpread, writeReport } from '../report.ts';
import { runBench } from '../run-bench.ts';
import { type Limit, measureLimit } from './limit.ts';
import { filesAsTheyAre, isOrigin, type Origin, photosInS3 } from './origin.ts';

/** Against the composed limit; vgg-mini is decode-bound, its limit the bare decode loop, and from S3 it has no bar. */
const bars: Record<Origin, Partial<Record<BenchBundle, number>>> = {
  files: { 'vgg16-fp32': 0.95, 'vgg16-int8': 0.95, 'vgg-mini-fp32': 0.9 },
  s3: { 'vgg16-fp32': 0.9, 'vgg16-int8': 0.9 },
};

interface Round extends LabelRun {
  /** Seconds that the server took of all cores together; 0 from files. */
  readonly serverSeconds: number;
  /** Without them. */
  readonly ownImagesPerSecond: number;
  readonly limit: Limit;
  readonly ratio: number;
}

const { values, positionals } = parseArgs({
  options: {
    from: { type: 'string', default: 'files' },
    models: { type: 'string', default: benchBundleNames.join(',') },
    images: { type: 'string', default: '600' },
    rounds: { type: 'string', default: '7' },
  },
  allowPositionals: true,
});

await runBench(async () => {
  const { from } = values;
  if (!isOrigin(from)) throw new UsageError('usage', `--from ${from}: it is files or s3`);
  const photos = await enoughPhotos(positionals[0] ?? '', Number(values.images));
  const source = from === 's3' ? await photosInS3(photos) : filesAsTheyAre(photos);
  const names = benchBundleNames.filter((name) => values.models.split(',').includes(name));
  const rounds = Number(values.rounds);

  const measured: { name: BenchBundle; rounds: Round[] }[] = [];
  for (const name of names) {
    const bundle = await benchBundle(name, photos);
    const limitNow = () => measureLimit(bundle, photos, name === 'vgg-mini-fp32' ? 'decode' : 'composed');
    const done: Round[] = [];
    for (let round = 0; round < rounds; round++) {
      // The order turns, so that a machine that slows down meets both.
      const before = round % 2 === 0 ? await limitNow() : null;
      const serverBefore = await source.serverCpuSeconds();
      const run = await labelPhotos(bundle.folder, source.uris, source.env);
      const serverSeconds = ((await source.serverCpuSeconds()) - serverBefore) / availableParallelism();
      const limit = before ?? (await limitNow());
      const ownImagesPerSecond = photos.length / (photos.length / run.imagesPerSecond - serverSeconds);
      const ratio = ownImagesPerSecond / limit.imagesPerSecond;
      done.push({ ...run, serverSeconds, ownImagesPerSecond, limit, ratio });
      process.stderr.write(
        `${name} ${round + 1}/${rounds}: ${ownImagesPerSecond.toFixed(2)} of ${limit.imagesPerSecond.toFixed(2)} images/s, ${ratio.toFixed(3)}\n`,
      );
    }
    measured.push({ name, rounds: done });
  }

  await writeReport(source.report, {
    title: source.title,
    command: `node --conditions=source bench/end-to-end/main.ts PHOTOS --from ${from} --images ${values.images} --rounds ${values.rounds}`,
    about: `${photos.length} photos ${source.about}, ${rounds} rounds, median (quartiles). Limit: 1 / (best bare session time + best time of a bare sharp loop, an image), for vgg-mini the sharp loop alone; labelmill decodes plain JPEGs for less than sharp, so a ratio may be above 1. Both at their best setting of a grid, measured in turn with the runs.`,
    columns: ['bundle', 'images/s', 'limit, images/s', 'ratio', 'start-up, s', 'best setting'],
    rows: measured.map(({ name, rounds }) => {
      const spread = (figure: (round: (typeof rounds)[number]) => number, digits: number) =>
        shownSpread(medianAndQuartiles(rounds.map(figure)), digits);
      const { session, decode } = rounds.at(-1)!.limit;
      return [
        name,
        spread((round) => round.ownImagesPerSecond, 1),
        spread((round) => round.limit.imagesPerSecond, 1),
        spread((round) => round.ratio, 3),
        spread((round) => round.startUpSeconds, 1),
        `${session === null ? '' : `${session}; `}decode ${decode}`,
      ];
    }),
    checks: measured.flatMap(({ name, rounds }) => {
      const bar = bars[from][name];
      const figure = medianAndQuartiles(rounds.map(({ ratio }) => ratio)).median;
      return bar === undefined ? [] : [{ what: `${name} end to end ÷ limit`, figure, bar }];
    }),
    data: measured,
  });
});
