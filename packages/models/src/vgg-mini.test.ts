import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtInBundles } from './bundle-folders.ts';
import type { Bundle } from './bundle-schema.ts';
import { resolveBundle } from './find-bundle.ts';
import { verifyBundleFiles } from './read-bundle.ts';
import { createVggMini } from './vgg-mini.ts';

let scratch: string;
let builtIn: Bundle;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'vgg-mini-'));
  builtIn = await resolveBundle('vgg-mini', [builtInBundles]);
});
afterAll(() => rm(scratch, { recursive: true }));

describe('the built-in vgg-mini', () => {
  it('is whole, trained, and has 200 classes', async () => {
    await verifyBundleFiles(builtIn);
    const { trained, classes, k } = builtIn.manifest;
    expect({ trained, classes: classes.length, k }).toEqual({ trained: true, classes: 200, k: 10 });
    expect(classes[30]).toEqual({ id: 'n02123045', label: 'tabby' });
  });

  it('is what scripts/make-vgg-mini.ts makes today', async () => {
    const remade = await createVggMini(scratch, join(builtIn.folder, 'model.safetensors'));
    expect(remade.manifest).toEqual(builtIn.manifest);
    expect(remade.digest).toBe(builtIn.digest);
    const graphs = await Promise.all(
      [builtIn, remade].map(({ folder }) => readFile(join(folder, 'model.onnx'))),
    );
    expect(graphs[1]).toEqual(graphs[0]);
  });

  it('gives ten falling probabilities per image, whatever the batch', async () => {
    const session = await InferenceSession.create(join(builtIn.folder, 'model.onnx'), {
      intraOpNumThreads: 1,
    });
    try {
      for (const images of [1, 3]) {
        const pixels = Uint8Array.from({ length: images * 64 * 64 * 3 }, (_, place) => (place * 37) % 256);
        const { score, index } = await session.run({
          image: new Tensor('uint8', pixels, [images, 64, 64, 3]),
        });
        expect(score?.dims).toEqual([images, 10]);
        const scores = Array.from(score?.data as Float32Array).slice(0, 10);
        expect(scores).toEqual(scores.toSorted((a, b) => b - a));
        expect(scores.reduce((sum, x) => sum + x, 0)).toBeLessThanOrEqual(1);
        expect(new Set(Array.from(index?.data as BigInt64Array).slice(0, 10)).size).toBe(10);
      }
    } finally {
      await session.release();
    }
  });
});
