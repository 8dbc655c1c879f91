/**
 * Our share of bench/decode: the engine's own decoding, one photo at a time.
 *
 * usage: ours.ts MODE RESIZE CROP WARMUP PIXELS < list of files; PIXELS is a file for all crops, or -. Prints JSON.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { decodeModeSchema } from '@labelmill/shared/schema/run';
import { decodeImage } from '@labelmill/worker/engine/decode';

const [modeName, resize, crop, warmup, out = '-'] = process.argv.slice(2);
const mode = decodeModeSchema.parse(modeName);
const preprocessing = { resize: Number(resize), crop: Number(crop), kernel: 'bilinear', colour: 1 } as const;
const limits = { maxPixels: 1e8, maxAspect: 100, decodeTimeoutMs: 60_000 };
const decode = (body: Uint8Array) => decodeImage(body, preprocessing, limits, mode);

const bodies = await Promise.all((await text(process.stdin)).split('\n').map((path) => readFile(path)));
for (const body of bodies.slice(0, Number(warmup))) await decode(body);
const before = process.cpuUsage();
for (const body of bodies) await decode(body);
// Of all threads: libuv's and libvips' too.
const { user, system } = process.cpuUsage(before);
if (out !== '-') {
  const crops: Uint8Array[] = [];
  for (const body of bodies) crops.push(await decode(body));
  await writeFile(out, Buffer.concat(crops));
}
console.log(JSON.stringify({ cpuMs: (user + system) / 1000 / bodies.length }));
