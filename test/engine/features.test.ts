/** Features by way of the whole engine, against a session of this test's own over the same pixels. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import { decodeImage } from '@labelmill/worker/engine/decode';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { photo, photoNames } from './fixture-uris.ts';
import { limits, miniEngineConfig, startMiniEngine } from './mini-engine.ts';

test('features come for the images that ask for them, and for no other', async () => {
  const config = await miniEngineConfig();
  const { bundle } = config;
  await using mini = await startMiniEngine({ bundle: { ...bundle, graph: 'features.onnx' } });
  const results = await mini.label(
    photoNames.map((name) => photo(name).href),
    (place) => place % 2 === 0,
  );
  const session = await InferenceSession.create(join(builtInBundles, 'vgg-mini-fp32', 'features.onnx'));
  for (const [place, result] of results.entries()) {
    if (result.status !== 'ok') throw new Error(JSON.stringify(result));
    if (place % 2 === 1) {
      expect(result.features).toBeUndefined();
      continue;
    }
    const { crop } = bundle.preprocessing;
    const bytes = await readFile(photo(photoNames[place]!));
    const pixels = await decodeImage(bytes, bundle.preprocessing, limits);
    const { features } = await session.run({ image: new Tensor('uint8', pixels, [1, crop, crop, 3]) });
    const wanted = features!.data as Float32Array;
    expect(result.features).toHaveLength(512);
    expect(wanted.some((value) => value > 0)).toBe(true);
    // Float16 keeps 11 bits, and two batch sizes may add up in another order.
    wanted.forEach((value, at) => {
      expect(Math.abs(result.features![at]! - value)).toBeLessThanOrEqual(Math.max(value * 2 ** -10, 1e-5));
    });
  }
  await session.release();
});
