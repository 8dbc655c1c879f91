/** The bundles that are measured, made on the spot: what is carried to the machine stays small. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import type { Bundle } from '@labelmill/models/bundle-schema';
import { convertToFp16 } from '@labelmill/models/convert-to-fp16';
import { initBundle } from '@labelmill/models/init-bundle';
import { readBundle } from '@labelmill/models/read-bundle';

/** The model in fp32 (untrained weights from seed 1, where it does not ship) and in fp16, in this folder. */
export async function bothPrecisions(model: string, folder: string): Promise<Bundle[]> {
  const fp32 =
    model === 'vgg-mini'
      ? await readBundle(join(builtInBundles, 'vgg-mini-fp32'))
      : await readOr(join(folder, `${model}-fp32`), () => initBundle({ model, seed: 1, folder }));
  return [fp32, await readOr(join(folder, `${model}-fp16`), () => convertToFp16(fp32, folder))];
}

async function readOr(folder: string, make: () => Promise<Bundle>): Promise<Bundle> {
  const there = await access(folder).then(
    () => true,
    () => false,
  );
  return there ? readBundle(folder) : make();
}
