/**
 * Prints as JSON what enqueueing must at least do, in a bare loop each, in seconds: read a manifest's lines and write
 * the same segments (gzip, fsync); and push the same chunks onto a plain list in pipelines. usage: REDIS-URL MANIFEST OUT
 */
import { createReadStream, mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { connectRedis } from '@labelmill/shared/redis/connection';
import { imagesPerChunk } from './chunk-size.ts';

export interface Bare {
  readonly images: number;
  readonly segmentSeconds: number;
  readonly pushSeconds: number;
}

const [redisUrl = '', manifest = '', out = ''] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
const perSegment = 64 * imagesPerChunk;

let images = 0;
const began = performance.now();
let lines: string[] = [];
for await (const line of linesOf(manifest)) {
  lines.push(`${JSON.stringify({ index: images++, uri: line })}\n`);
  if (lines.length === perSegment) await writeSegment();
}
await writeSegment();
const segmentSeconds = (performance.now() - began) / 1000;

const redis = await connectRedis(redisUrl);
const pushing = performance.now();
let uris: string[] = [];
let pipeline = redis.pipeline();
for await (const line of linesOf(manifest)) {
  uris.push(line.slice(30));
  if (uris.length < imagesPerChunk) continue;
  pipeline.rpush('bare', JSON.stringify({ prefix: line.slice(0, 30), rest: uris }));
  uris = [];
  if (pipeline.length === 100) {
    // Kept as short as the product keeps its queue.
    await pipeline.ltrim('bare', -1000, -1).exec();
    pipeline = redis.pipeline();
  }
}
await pipeline.exec();
const pushSeconds = (performance.now() - pushing) / 1000;
await redis.del('bare');
redis.disconnect();
const bare: Bare = { images, segmentSeconds, pushSeconds };
console.log(JSON.stringify(bare));

async function writeSegment(): Promise<void> {
  if (lines.length === 0) return;
  await using file = await open(join(out, `${images}.jsonl.gz`), 'wx');
  await file.writeFile(gzipSync(lines.join(''), { level: 1 }));
  await file.sync();
  lines = [];
}

async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 18 })) {
    const found = (rest + piece).split('\n');
    rest = found.pop() ?? '';
    yield* found;
  }
}
