/**
 * Our share of bench/decode: the engine's own decoding, as many photos at a time as there are cores.
 *
 * usage: ours.ts MODE RESIZE CROP PASSES PIXELS < list of files; PIXELS is a file for all crops, or -. Prints JSON.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { text } from 'node:stream/consumers';
import { decodeModeSchema } from '@labelmill/shared/schema/run';
import { decodeImage } from '@labelmill/worker/engine/decode';

const [modeName, resize, crop, passes, out = '-'] = process.argv.slice(2);
const mode = decodeModeSchema.parse(modeName);
const preprocessing = { resize: Number(resize), crop: Number(crop), kernel: 'bilinear', colour: 1 } as const;
const limits = { maxPixels: 1e8, maxAspect: 100, decodeTimeoutMs: 60_000 };
const decode = (body: Uint8Array) => decodeImage(body, preprocessing, limits, mode);

const bodies = await Promise.all((await text(process.stdin)).split('\n').map((path) => readFile(path)));
const crops: Uint8Array[] = [];
for (const body of bodies) crops.push(await decode(body));
const before = process.cpuUsage();
for (let pass = 0; pass < Number(passes); pass++) {
  let next = 0;
  const loop = async () => {
    while (next < bodies.length) await decode(bodies[next++]!);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, loop));
}
// Of all threads: libuv's and libvips' too.
const { user, system } = process.cpuUsage(before);
if (out !== '-') await writeFile(out, Buffer.concat(crops));
console.log(JSON.stringify({ cpuMs: (user + system) / 1000 / (Number(passes) * bodies.length) }));
