/**
 * Makes bundles/vgg-mini-fp32 anew, after a change of the graph builder or of what model.json holds.
 *
 *   node --conditions=source packages/models/scripts/make-vgg-mini.ts [weights.safetensors]
 *
 * Without a path it keeps the weights that are in the bundle. `npm run format` afterwards.
 */
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { builtInBundles } from '../src/bundle-folders.ts';
import { createVggMini } from '../src/vgg-mini.ts';

const target = join(builtInBundles, 'vgg-mini-fp32');
const weights = process.argv[2] ?? join(target, 'model.safetensors');
const scratch = await mkdtemp(join(builtInBundles, '.make-'));
try {
  const { folder, name, digest } = await createVggMini(scratch, weights);
  await rm(target, { recursive: true, force: true });
  await rename(folder, target);
  console.log(`${name} ${digest}`);
} finally {
  await rm(scratch, { recursive: true });
}
