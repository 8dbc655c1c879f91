/** The bundles that are measured, made once in bench/out/models where they do not ship. */
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openGraph } from '@labelmill/models/adopt/onnxruntime-graph';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import type { Bundle } from '@labelmill/models/bundle-schema';
import { initBundle } from '@labelmill/models/init-bundle';
import { weightLimitFor } from '@labelmill/models/quantize/cpu-features';
import { quantizeBundle } from '@labelmill/models/quantize/quantize-bundle';
import { readBundle } from '@labelmill/models/read-bundle';
import { pixelsOf } from './quantize/pixels.ts';
import { outFolder } from './report.ts';

export const benchBundleNames = ['vgg16-fp32', 'vgg16-int8', 'vgg-mini-fp32'] as const;
export type BenchBundle = (typeof benchBundleNames)[number];

const folder = join(outFolder, 'models');
/** Photos to calibrate int8 on, and to compare it with fp32 on: speed does not hang on them. */
const few = { calibration: 24, holdOut: 8 };

/** @param photos any, for calibrating int8; at least 32 */
export async function benchBundle(name: BenchBundle, photos: readonly string[]): Promise<Bundle> {
  if (name === 'vgg-mini-fp32') return readBundle(join(builtInBundles, name));
  const made = join(folder, name);
  if (await isThere(made)) return readBundle(made);
  process.stderr.write(`making ${name}, once\n`);
  if (name === 'vgg16-fp32') return initBundle({ model: 'vgg16', seed: 1, folder });
  const bundle = await benchBundle('vgg16-fp32', photos);
  const { preprocessing } = bundle.manifest;
  const quantized = await quantizeBundle({
    bundle,
    images: pixelsOf(photos.slice(0, few.calibration), preprocessing),
    holdOut: pixelsOf(photos.slice(-few.holdOut), preprocessing),
    folder,
    weightLimit: weightLimitFor(await readFile('/proc/cpuinfo', 'utf8')),
    openGraph,
  });
  return quantized.bundle;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
