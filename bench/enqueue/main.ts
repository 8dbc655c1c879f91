/**
 * `labelmill enqueue` from a local manifest: images/s against bare loops over the same manifest, the producer's memory
 * by the manifest's size, and what Redis holds: bytes for each outstanding image, and at most, with a stand-in for
 * workers that takes the chunks as fast as they come.
 *
 *   node --conditions=source bench/enqueue/main.ts [IMAGES …]        default: 10000 1000000 10000000
 *
 * URIs of 90 bytes of which 30 are common. Writes bench/out/enqueue.json. Linux, for it reads /proc.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeReport } from '../report.ts';
import { imagesPerChunk, mostChunks } from './chunk-size.ts';
import { type Enqueued, enqueueSize } from './one-size.ts';
import { outstandingCost } from './outstanding-cost.ts';
import { uriBytes } from './write-manifest.ts';

const sizes = process.argv.slice(2).map(Number);
if (sizes.length === 0) sizes.push(10_000, 1_000_000, 10_000_000);
const work = mkdtempSync(join(tmpdir(), 'lm-'));
const megabytes = (bytes: number) => bytes / 2 ** 20;
const ratio = (a: number, b: number) => (a / b).toFixed(2);

try {
  const outstanding = await outstandingCost(work);
  const rows: Enqueued[] = [];
  for (const images of sizes) {
    process.stderr.write(`${images} images\n`);
    rows.push(await enqueueSize(images, work));
  }
  const [smallest, largest] = [rows[0]!, rows.at(-1)!];
  const bound = mostChunks * imagesPerChunk;
  await writeReport('enqueue', {
    title: 'Enqueueing from a local manifest',
    command: ['node --conditions=source bench/enqueue/main.ts', ...process.argv.slice(2)].join(' '),
    about:
      `\`labelmill enqueue\` of URIs of ${uriBytes} bytes, 30 of them common, in chunks of ${imagesPerChunk}, at most ${mostChunks} outstanding; the whole command, its start included. ` +
      'The bare loops: the same lines written as the same segments (gzip, fsync), and the same chunks pushed onto a plain list in pipelines of 100.',
    columns: [
      'images',
      'images/s',
      'of bare segments',
      'of bare RPUSH',
      'CPU, µs an image',
      'producer, MB',
      'Redis at most, MB',
    ],
    rows: rows.map((row) => [
      String(row.images),
      String(Math.round(row.imagesPerSecond)),
      ratio(row.imagesPerSecond, row.bareSegments),
      ratio(row.imagesPerSecond, row.barePush),
      row.cpuMicroseconds.toFixed(1),
      megabytes(row.producerBytes).toFixed(0),
      megabytes(row.redisBytes).toFixed(1),
    ]),
    checks: [
      { what: `images/s, ${largest.images} images`, figure: largest.imagesPerSecond, bar: 50_000 },
      {
        what: `producer's memory at ${largest.images} images over that at ${smallest.images}, MB`,
        figure: megabytes(largest.producerBytes - smallest.producerBytes),
        bar: 50,
        sense: 'at most',
      },
      {
        what: 'Redis for each outstanding image, bytes',
        figure: outstanding.bytesPerImage,
        bar: 110,
        sense: 'at most',
      },
      {
        what: `Redis at most, any size, over the ${bound} images of the bound, bytes`,
        figure: Math.max(...rows.map(({ redisBytes }) => redisBytes)) / bound,
        bar: 110,
        sense: 'at most',
      },
    ],
    data: { uriBytes, imagesPerChunk, mostChunks, outstanding, rows },
  });
} finally {
  rmSync(work, { recursive: true, force: true });
}
