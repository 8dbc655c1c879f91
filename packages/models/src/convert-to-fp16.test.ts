import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runGraph, somePixels, worstError } from '../test/run-graph.ts';
import { builtInBundles } from './bundle-folders.ts';
import type { Bundle } from './bundle-schema.ts';
import { conversionLines, convertToFp16 } from './convert-to-fp16.ts';
import { resolveBundle } from './find-bundle.ts';
import { initVggBundle } from './init-bundle.ts';
import { verifyBundleFiles } from './read-bundle.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'to-fp16-'));
});
afterEach(() => rm(folder, { recursive: true }));

function tinyBundle(batchNorm: boolean): Promise<Bundle> {
  const architecture = {
    configuration: 'A',
    batchNorm,
    widthMultiplier: 1 / 16,
    inputSize: 32,
    fullyConnected: 8,
    classes: 3,
  } as const;
  const classes = ['a', 'b', 'c'].map((id) => ({ id, label: id }));
  return initVggBundle({ model: 'tiny', entry: { architecture, resize: 32 }, classes, seed: 1, folder });
}

describe('convertToFp16', () => {
  it('makes a whole bundle that says where it comes from', async () => {
    const from = await tinyBundle(true);
    const to = await convertToFp16(from, folder);
    await verifyBundleFiles(to);
    expect(await resolveBundle('tiny-fp16', [folder])).toEqual(to);
    const { precision, classes, preprocessing, provenance } = to.manifest;
    expect({ precision, classes, preprocessing }).toEqual({
      precision: 'fp16',
      classes: from.manifest.classes,
      preprocessing: from.manifest.preprocessing,
    });
    expect(provenance.notes).toBe(
      `float16 of tiny-fp32 ${from.digest}, batch norm folded in; untrained: its labels mean nothing`,
    );
    expect(conversionLines(from, to)[0]).toBe(`tiny-fp16 is ready in ${to.folder}`);
  });

  it('keeps what vgg-mini sees', async () => {
    const from = await resolveBundle('vgg-mini', [builtInBundles]);
    const to = await convertToFp16(from, folder);
    expect(to.manifest.weights[0]!.bytes / from.manifest.weights[0]!.bytes).toBeCloseTo(0.5, 3);
    expect(to.manifest.provenance.accuracy).toMatch(/, in fp32$/);
    const pixels = somePixels(16 * 64 * 64);
    const [exact, half] = await Promise.all(
      [from, to].map(({ folder: at }) => runGraph(join(at, 'model.onnx'), pixels, [16, 64, 64, 3])),
    );
    expect(half!.index.filter((_, place) => place % 10 === 0)).toEqual(
      exact!.index.filter((_, place) => place % 10 === 0),
    );
    // Rank by rank: classes whose scores are nearly equal may change places.
    expect(worstError(half!.score, exact!.score)).toBeLessThan(2e-2);
  });

  it('refuses what it cannot convert', async () => {
    const from = await tinyBundle(false);
    const to = await convertToFp16(from, folder);
    await expect(convertToFp16(to, folder)).rejects.toThrow(
      'tiny-fp16 cannot be converted: it is in fp16 already; only VGG in fp32 can',
    );
    const { architecture: _, ...adopted } = from.manifest;
    await expect(convertToFp16({ ...from, manifest: adopted }, folder)).rejects.toThrow(
      expect.objectContaining({
        code: 'not_convertible',
        message: expect.stringContaining('an adopted model'),
      }),
    );
  });

  it('refuses damaged weights, and leaves nothing behind', async () => {
    const from = await tinyBundle(false);
    const weights = join(from.folder, 'model.safetensors');
    const bytes = await readFile(weights);
    bytes.writeUInt8(bytes.readUInt8(5000) ^ 1, 5000);
    await writeFile(weights, bytes);
    await expect(convertToFp16(from, folder)).rejects.toThrow(
      expect.objectContaining({ code: 'bad_bundle' }),
    );
    expect(await readdir(folder)).toEqual(['tiny-fp32']);
  });
});
