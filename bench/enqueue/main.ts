/**
 * `labelmill enqueue`: images/s from a local manifest against bare loops over the same manifest, the producer's peak memory by
 * the manifest's size, and what Redis holds: bytes for each outstanding image, and at most, with stand-in workers that
 * take the chunks as fast as they come.
 *
 *   node --conditions=source bench/enqueue/main.ts [IMAGES …]        default: 10000 1000000 10000000
 *
 * URIs of 90 bytes of which 30 are common. Fails where a bar is missed. Writes bench/out/enqueue.json.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PrivateRedis } from '@labelmill/cli/local/private-redis';
import { connectRedis } from '@labelmill/shared/redis/connection';
import { type Bar, printBars } from '../measure/bar.ts';
import { messageOf, runChild, startChild } from '../measure/child.ts';
import { redisFigures } from '../measure/redis-figures.ts';
import { writeResult } from '../measure/result-file.ts';
import { watchLabelmill } from '../measure/watched-command.ts';
import type { Bare } from './bare.ts';
import { imagesPerChunk, mostChunks } from './chunk-size.ts';
import { uriBytes, writeManifest } from './write-manifest.ts';

const here = (name: string) => new URL(name, import.meta.url);
const sizes = process.argv.slice(2).map(Number);
if (sizes.length === 0) sizes.push(10_000, 1_000_000, 10_000_000);
const work = mkdtempSync(join(tmpdir(), 'lm-'));
const enqueue = (redisUrl: string, manifest: string, out: string) =>
  watchLabelmill(['enqueue', manifest, '--out', out, '--json'], { REDIS_URL: redisUrl });
const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20);

try {
  const heldBytes = await bytesPerOutstandingImage();
  console.log(
    `Redis, ${mostChunks * imagesPerChunk} images outstanding: ${heldBytes.toFixed(1)} bytes an image`,
  );
  const rows = [];
  for (const images of sizes) rows.push(await measure(images));
  const [smallest, largest] = [rows[0], rows.at(-1)];
  if (smallest === undefined || largest === undefined) throw new Error('no sizes');
  const bars: Bar[] = [
    { what: 'enqueue rate', measured: largest.rate, limit: 50_000, kind: 'at least', unit: 'URIs/s' },
    {
      what: `producer memory at ${largest.images} over that at ${smallest.images}`,
      measured: (largest.peakBytes - smallest.peakBytes) / 2 ** 20,
      limit: 50,
      kind: 'at most',
      unit: 'MB',
    },
    {
      what: 'Redis for each outstanding image',
      measured: heldBytes,
      limit: 110,
      kind: 'at most',
      unit: 'bytes',
    },
    {
      what: `Redis at most, over the bound's ${mostChunks} chunks`,
      measured: Math.max(...rows.map((row) => row.redisPeakBytes)) / (mostChunks * imagesPerChunk),
      limit: 110,
      kind: 'at most',
      unit: 'bytes an image',
    },
  ];
  printBars(bars);
  writeResult('enqueue', { uriBytes, imagesPerChunk, mostChunks, heldBytes, rows, bars });
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** With nobody taking chunks, the producer stops at its bound: all that Redis holds then, over the images. */
async function bytesPerOutstandingImage(): Promise<number> {
  const manifest = join(work, 'bound.txt');
  writeManifest(manifest, (mostChunks + 50) * imagesPerChunk);
  await using server = await PrivateRedis.start(join(work, 'redis'));
  const redis = await connectRedis(server.url);
  const before = await redisFigures(redis);
  const producer = enqueue(server.url, manifest, join(work, 'bound'));
  const wait = 'labelmill:vgg-mini-fp32:wait';
  while ((await redis.llen(wait)) < mostChunks) await delay(20);
  // Long enough that a producer that does not stop would be seen.
  await delay(1000);
  const outstanding = (await redis.llen(wait)) * imagesPerChunk;
  const after = await redisFigures(redis);
  producer.child.kill('SIGKILL');
  redis.disconnect();
  if (outstanding !== mostChunks * imagesPerChunk) throw new Error(`${outstanding} images are outstanding`);
  return (after.bytes - before.bytes) / outstanding;
}

async function measure(images: number) {
  const manifest = join(work, `${images}.txt`);
  writeManifest(manifest, images);
  await using server = await PrivateRedis.start(join(work, 'redis'));
  const redis = await connectRedis(server.url);
  const bare = await runChild<Bare>(here('bare.ts'), [server.url, manifest, join(work, `bare-${images}`)]);
  const drain = startChild(here('drain.ts'), [server.url]);
  await messageOf(drain);
  const before = await redisFigures(redis);
  let [redisPeakBytes, watching] = [0, true];
  const watch = (async () => {
    while (watching) {
      redisPeakBytes = Math.max(redisPeakBytes, (await redisFigures(redis)).bytes - before.bytes);
      await delay(25);
    }
  })();
  const produced = await enqueue(server.url, manifest, join(work, `runs-${images}`)).ended;
  if (JSON.parse(produced.stdout).images !== images)
    throw new Error(`not ${images} images: ${produced.stdout}`);
  watching = false;
  await watch;
  drain.disconnect();
  redis.disconnect();
  rmSync(manifest);
  const row = {
    images,
    rate: images / produced.seconds,
    cpuMicroseconds: (produced.cpuSeconds * 1e6) / images,
    peakBytes: produced.peakBytes,
    redisPeakBytes,
    bareSegmentsRate: images / bare.segmentSeconds,
    barePushRate: images / bare.pushSeconds,
  };
  console.log(
    `${images} images: ${Math.round(row.rate)} URIs/s, ${row.cpuMicroseconds.toFixed(1)} µs of CPU each; ` +
      `${(row.rate / row.bareSegmentsRate).toFixed(2)} of a bare read and write, ${(row.rate / row.barePushRate).toFixed(2)} of a bare RPUSH; ` +
      `producer ${megabytes(produced.peakBytes)} MB, Redis at most ${megabytes(redisPeakBytes)} MB`,
  );
  return row;
}
