/**
 * int8 against fp32: agreement, accuracy and speed.
 *
 *   node --conditions=source bench/quantize/main.ts PHOTOS VALIDATION
 *   node --conditions=source bench/quantize/main.ts PHOTOS --model FOLDER
 *
 * PHOTOS: folder of images to calibrate on. VALIDATION: folder of images with labels.csv (`file,id`), on which vgg-mini
 * is measured. With --model: another fp32 bundle, such as vgg16-fp32, of which only agreement and speed are measured, on
 * the last photos, which are not calibrated on. Both graphs run on all cores, without spinning, and take turns batch by
 * batch. Writes bench/out/quantize.json.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openGraph } from '@labelmill/models/adopt/onnxruntime-graph';
import { weightLimitFor } from '@labelmill/models/quantize/cpu-features';
import { quantizationLines } from '@labelmill/models/quantize/quantization-lines';
import { quantizeBundle } from '@labelmill/models/quantize/quantize-bundle';
import { readBundle } from '@labelmill/models/read-bundle';
import { accuracyOf } from './accuracy.ts';
import { imageFiles, pixelsOf } from './pixels.ts';

/** With --model: photos for calibration, and for comparing. */
const few = { calibration: 40, holdOut: 24 };

const { values, positionals } = parseArgs({ options: { model: { type: 'string' } }, allowPositionals: true });
const [photos = '', validation = ''] = positionals;
const shipped = fileURLToPath(new URL('../../packages/models/bundles/vgg-mini-fp32', import.meta.url));
const bundle = await readBundle(values.model ?? shipped);
const { preprocessing } = bundle.manifest;

const files = await imageFiles(photos);
const [calibration, holdOut] =
  values.model === undefined
    ? [files, await imageFiles(validation)]
    : [files.slice(0, few.calibration), files.slice(-few.holdOut)];
const out = fileURLToPath(new URL('../out/', import.meta.url));
await mkdir(out, { recursive: true });
const folder = await mkdtemp(join(out, 'quantize-'));
try {
  const began = performance.now();
  const made = await quantizeBundle({
    bundle,
    images: pixelsOf(calibration, preprocessing),
    holdOut: pixelsOf(holdOut, preprocessing),
    folder,
    weightLimit: weightLimitFor(await readFile('/proc/cpuinfo', 'utf8')),
    openGraph,
    onProgress: ({ step, done, total }) => {
      if (process.stderr.isTTY)
        process.stderr.write(`\r${step} ${done}${total === null ? '' : `/${total}`}    `);
    },
  });
  const seconds = (performance.now() - began) / 1000;
  const peak = process.resourceUsage().maxRSS / 1024;
  console.log(`${bundle.name} on ${availableParallelism()} × ${cpus()[0]?.model}`);
  for (const line of quantizationLines(made.report)) console.log(`  ${line}`);
  console.log(`  took ${seconds.toFixed(0)} s, at most ${peak.toFixed(0)} MB resident`);
  const accuracy: Record<string, { top1: number; top5: number }> = {};
  if (values.model === undefined) {
    const labels = join(validation, 'labels.csv');
    for (const one of [bundle, made.bundle]) {
      const { top1, top5 } = await accuracyOf(one, labels, validation, openGraph);
      accuracy[one.name] = { top1, top5 };
      console.log(`  ${one.name}: top-1 ${(100 * top1).toFixed(1)} %, top-5 ${(100 * top5).toFixed(1)} %`);
    }
  }
  const figures = { report: made.report, seconds, peakMegabytes: peak, accuracy };
  await writeFile(join(out, 'quantize.json'), `${JSON.stringify(figures, null, 2)}\n`);
} finally {
  await rm(folder, { recursive: true });
}
