/**
 * The script that people write first: one photo after the other, a batch of one, all results at the end.
 *
 * usage: plain-loop.ts MODEL.onnx OUT < list of files
 */
import { readFile, writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';

const [model = '', out = ''] = process.argv.slice(2);
const paths = (await text(process.stdin)).split('\n');
const session = await InferenceSession.create(model);
const results: unknown[] = [];
const began = performance.now();
for (const path of paths) {
  const image = await readFile(path);
  const pixels = await sharp(image).resize(224, 224).removeAlpha().toColourspace('srgb').raw().toBuffer();
  const { score, index } = await session.run({ image: new Tensor('uint8', pixels, [1, 224, 224, 3]) });
  results.push({
    path,
    scores: Array.from(score!.data as Float32Array).slice(0, 5),
    classes: Array.from(index!.data as BigInt64Array, Number).slice(0, 5),
  });
}
const seconds = (performance.now() - began) / 1000;
await writeFile(out, JSON.stringify(results));
console.log(JSON.stringify({ imagesPerSecond: paths.length / seconds }));
