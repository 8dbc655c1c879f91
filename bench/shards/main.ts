/**
 * A tar shard in S3 beside the same photos as objects of their own: images/s of `labelmill label` with vgg-mini, in turn,
 * from a Ceph on this machine.
 *
 *   node --conditions=source bench/shards/main.ts PHOTOS [--images 1000] [--side 256] [--pairs 7]
 *
 * The photos are made small first. The rate is that of the steady state, as in bench/end-to-end; what the server took of
 * all cores' time, which in earnest is another machine's, stands apart.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import pMap from 'p-map';
import sharp from 'sharp';
import { benchBundle } from '../bundles.ts';
import { labelSource } from '../label-run.ts';
import { medianAndQuartiles } from '../median.ts';
import { enoughPhotos, photoFiles } from '../photo-files.ts';
import { shownSpread, writeReport } from '../report.ts';
import { runBench } from '../run-bench.ts';
import { S3Server } from '../s3-server.ts';

interface Measured {
  /** As it ran, with the server on the same cores. */
  readonly imagesPerSecond: number;
  /** Of the server, over all cores, for each image, in milliseconds. */
  readonly serverMs: number;
  /** Without the server's time. */
  readonly ownImagesPerSecond: number;
}

const { values, positionals } = parseArgs({
  options: {
    images: { type: 'string', default: '1000' },
    side: { type: 'string', default: '256' },
    pairs: { type: 'string', default: '7' },
  },
  allowPositionals: true,
});
const images = Number(values.images);
const pairs = Number(values.pairs);

await runBench(async () => {
  const [photos = ''] = positionals;
  await enoughPhotos(photos, 1);
  const work = await mkdtemp(join(tmpdir(), 'lm-bench-'));
  try {
    const { files, bytes } = await smallPhotos(await photoFiles(photos), work);
    const tar = join(work, 'photos.tar');
    await promisify(execFile)('tar', [
      '-C',
      dirname(files[0]!),
      '-cf',
      tar,
      ...files.map((file) => basename(file)),
    ]);
    const bundle = await benchBundle('vgg-mini-fp32', files);
    const server = await S3Server.start();
    const objects = `${dirname((await server.put(files))[0]!)}/`;
    const [shard = ''] = await server.put([tar]);

    const measure = async (source: string): Promise<Measured> => {
      const before = await server.cpuSeconds();
      const { imagesPerSecond } = await labelSource(bundle.folder, source, server.ceph.env);
      const serverSeconds = ((await server.cpuSeconds()) - before) / availableParallelism();
      const ownImagesPerSecond = images / (images / imagesPerSecond - serverSeconds);
      return { imagesPerSecond, serverMs: (1000 * serverSeconds) / images, ownImagesPerSecond };
    };
    const rounds: { readonly objects: Measured; readonly shard: Measured }[] = [];
    for (let pair = 0; pair <= pairs; pair++) {
      // The order turns, so that a machine that slows down meets both.
      const first = pair % 2 === 0 ? await measure(shard) : null;
      const single = await measure(objects);
      const whole = first ?? (await measure(shard));
      if (pair === 0) continue; // only warms up
      rounds.push({ objects: single, shard: whole });
      process.stderr.write(
        `${pair}/${pairs}: ${single.imagesPerSecond.toFixed(0)} and ${whole.imagesPerSecond.toFixed(0)} images/s\n`,
      );
    }

    const row = (what: string, of: (one: Measured) => number, digits: number) => [
      what,
      shownSpread(medianAndQuartiles(rounds.map((round) => of(round.objects))), digits),
      shownSpread(medianAndQuartiles(rounds.map((round) => of(round.shard))), digits),
      shownSpread(medianAndQuartiles(rounds.map((round) => of(round.shard) / of(round.objects))), 3),
    ];
    const asItRan = rounds.map((round) => round.shard.imagesPerSecond / round.objects.imagesPerSecond);
    await writeReport('shards', {
      title: 'A tar shard beside the same photos as objects of their own',
      command: `node --conditions=source bench/shards/main.ts PHOTOS --images ${images} --side ${values.side} --pairs ${pairs}`,
      about: `${images} photos, at most ${values.side} pixels a side, ${(bytes / images / 1000).toFixed(1)} kB each, in a Ceph on the same machine: by key, and in one uncompressed tar. vgg-mini-fp32, ${pairs} pairs in turn, median (quartiles); steady state, listing included as far as it goes on beside it.`,
      columns: ['', 'objects', 'shard', 'shard ÷ objects'],
      rows: [
        row('images/s, the server on the same cores', (one) => one.imagesPerSecond, 0),
        row('images/s without the server’s time', (one) => one.ownImagesPerSecond, 0),
        row('time of all cores that the server takes for an image, ms', (one) => one.serverMs, 3),
      ],
      checks: [{ what: 'shard ÷ objects, images/s', figure: medianAndQuartiles(asItRan).median, bar: 1 }],
      data: rounds,
    });
  } finally {
    await rm(work, { recursive: true });
  }
});

interface SmallPhotos {
  readonly files: readonly string[];
  /** Of all of them. */
  readonly bytes: number;
}

/** The photos in turn, no side longer than `--side`. */
async function smallPhotos(photos: readonly string[], work: string): Promise<SmallPhotos> {
  const folder = join(work, 'photos');
  await mkdir(folder);
  const side = Number(values.side);
  const made = await pMap(
    Array.from({ length: images }, (_, n) => n),
    async (n) => {
      const file = join(folder, `${String(n).padStart(6, '0')}.jpg`);
      // Read here: the worker's libvips, which is loaded too, opens no files.
      const photo = sharp(await readFile(photos[n % photos.length]!));
      const { size } = await photo.resize(side, side, { fit: 'inside' }).jpeg().toFile(file);
      return { file, size };
    },
    { concurrency: availableParallelism() },
  );
  return { files: made.map(({ file }) => file), bytes: made.reduce((sum, { size }) => sum + size, 0) };
}
