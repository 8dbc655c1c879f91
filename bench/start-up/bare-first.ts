/**
 * The least that gives a first file of labels: load the model, decode the photos, run them in one batch, write.
 *
 * usage: bare-first.ts MODEL.onnx CROP OUT < list of files
 */
import { writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';

const [model = '', cropText = '', out = ''] = process.argv.slice(2);
const crop = Number(cropText);
const paths = (await text(process.stdin)).split('\n');
const [session, ...photos] = await Promise.all([
  InferenceSession.create(model),
  ...paths.map((path) => sharp(path).resize(crop, crop).removeAlpha().toColourspace('srgb').raw().toBuffer()),
]);
const pixels = new Tensor('uint8', Buffer.concat(photos), [photos.length, crop, crop, 3]);
const { index } = await session.run({ image: pixels });
await writeFile(out, JSON.stringify(Array.from(index!.data as BigInt64Array, Number)));
