import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveBundle } from './find-bundle.ts';
import { initBundle, initVggBundle } from './init-bundle.ts';
import { verifyBundleFiles } from './read-bundle.ts';

const architecture = {
  configuration: 'A',
  batchNorm: false,
  widthMultiplier: 1 / 16,
  inputSize: 32,
  fullyConnected: 8,
  classes: 3,
} as const;
const tiny = {
  model: 'tiny',
  entry: { architecture, resize: 36 },
  classes: ['a', 'b', 'c'].map((id) => ({ id, label: id.toUpperCase() })),
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'init-bundle-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('initVggBundle', () => {
  it('makes a whole bundle that says it is untrained and from which seed', async () => {
    const made = await initVggBundle({ ...tiny, seed: 7, folder });
    const found = await resolveBundle('tiny', [folder]);
    expect(found).toEqual(made);
    await verifyBundleFiles(found);
    const { trained, k, preprocessing, provenance } = found.manifest;
    expect({ trained, k }).toEqual({ trained: false, k: 3 });
    expect(preprocessing).toMatchObject({ resize: 36, crop: 32 });
    expect(provenance.origin).toContain('seed 7');
  });

  it('gives the same digest for the same seed only', async () => {
    const digests: string[] = [];
    for (const seed of [1, 1, 2]) {
      const { digest, folder: made } = await initVggBundle({ ...tiny, seed, folder });
      digests.push(digest);
      await rm(made, { recursive: true });
    }
    expect(digests[1]).toBe(digests[0]);
    expect(digests[2]).not.toBe(digests[0]);
  });

  it('leaves a bundle that is there as it is', async () => {
    const { digest } = await initVggBundle({ ...tiny, seed: 1, folder });
    const again = initVggBundle({ ...tiny, seed: 2, folder });
    await expect(again).rejects.toThrow(expect.objectContaining({ code: 'bundle_exists' }));
    expect((await resolveBundle('tiny', [folder])).digest).toBe(digest);
  });

  it('leaves nothing behind when aborted', async () => {
    const controller = new AbortController();
    const making = initVggBundle({
      ...tiny,
      seed: 1,
      folder,
      onProgress: () => controller.abort(new Error('enough')),
      signal: controller.signal,
    });
    await expect(making).rejects.toThrow('enough');
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([-1, 0.5, 2 ** 32, Number.NaN])('refuses the seed %d', async (seed) => {
    await expect(initVggBundle({ ...tiny, seed, folder })).rejects.toThrow(
      expect.objectContaining({ code: 'bad_seed' }),
    );
  });

  it('refuses as many classes as there are no outputs for', async () => {
    const making = initVggBundle({ ...tiny, classes: tiny.classes.slice(1), seed: 1, folder });
    await expect(making).rejects.toThrow(expect.objectContaining({ code: 'class_count' }));
  });
});

describe('initBundle', () => {
  it('names what it can make when it does not know the model', async () => {
    const making = initBundle({ model: 'vgg17', seed: 1, folder });
    await expect(making).rejects.toThrow(
      'no model "vgg17" to make; there is: vgg11, vgg11_lrn, vgg13, vgg16_c, vgg16, vgg19',
    );
  });

  it('does not make an untrained vgg-mini', async () => {
    const making = initBundle({ model: 'vgg-mini', seed: 1, folder });
    await expect(making).rejects.toThrow(expect.objectContaining({ code: 'built_in_model' }));
  });
});
