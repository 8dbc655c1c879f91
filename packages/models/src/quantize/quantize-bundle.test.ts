import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGraph } from '../adopt/onnxruntime-graph.ts';
import { readOnnx } from '../adopt/read-onnx.ts';
import type { Bundle } from '../bundle-schema.ts';
import { createBundle } from '../create-bundle.ts';
import { inspectModel } from '../inspect-model.ts';
import { inspectionLines } from '../inspection-lines.ts';
import { readBundle, verifyBundleFiles } from '../read-bundle.ts';
import { weightLimitFor } from './cpu-features.ts';
import { type QuantizeOptions, quantizeBundle } from './quantize-bundle.ts';
import { writeSmallNet } from './small-net.ts';

const side = 16;
const classes = 6;

let folder: string;
let source: Bundle;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quantize-'));
  source = await createBundle(join(folder, 'from'), draft, (into) => writeSmallNet(into, side, classes));
});
afterAll(() => rm(folder, { recursive: true }));

const draft = {
  format: 1 as const,
  model: 'small',
  precision: 'fp32' as const,
  trained: true,
  preprocessing: { resize: side, crop: side, kernel: 'bilinear' as const, colour: 1 as const },
  normalisation: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] } as Bundle['manifest']['normalisation'],
  activation: 'softmax' as const,
  k: classes,
  classes: Array.from({ length: classes }, (_, label) => ({ id: `c${label}`, label: `class ${label}` })),
  weights: ['model.safetensors'],
  graphs: [{ file: 'model.onnx', batch: null }],
  provenance: { origin: 'this test', licence: 'none' },
};

/** Blurred stripes: every image of another direction, brightness and phase. */
async function* stripes(first: number, count: number, length = side * side * 3): AsyncGenerator<Uint8Array> {
  for (let image = first; image < first + count; image++) {
    yield Uint8Array.from({ length }, (_, place) => {
      const [x, y, colour] = [Math.floor(place / 3) % side, Math.floor(place / 3 / side), place % 3];
      const wave = Math.sin((x * Math.cos(image) + y * Math.sin(image)) * (0.3 + 0.1 * colour) + image);
      return 128 + 100 * wave * Math.cos(image * 0.37);
    });
  }
}

const quantize = (into: string, options: Partial<QuantizeOptions> = {}) =>
  quantizeBundle({
    bundle: source,
    images: stripes(0, 40),
    holdOut: stripes(100, 50),
    folder: join(folder, into),
    weightLimit: 127,
    openGraph,
    ...options,
  });

describe('quantizeBundle', () => {
  it('agrees with fp32 on other images, and says so in the bundle', async () => {
    // x86 without VNNI loses sums of weights of 8 bits.
    const weightLimit = weightLimitFor(await readFile('/proc/cpuinfo', 'latin1').catch(() => ''));
    const { bundle, report } = await quantize('agrees', { weightLimit });
    expect(report).toMatchObject({
      calibrationImages: 30,
      choosingImages: 10,
      weightBits: weightLimit === 127 ? 8 : 7,
      floatLayers: [],
    });
    expect(report.agreement.images).toBe(50);
    expect(report.agreement.top1).toBeGreaterThanOrEqual(0.94);
    expect(report.agreement.worstDelta).toBeLessThan(0.05);
    // Batch norm was folded: without it, or with a wrong factor, nothing would agree.
    const found = await readBundle(bundle.folder);
    expect(found).toMatchObject({ name: 'small-int8', digest: bundle.digest });
    expect(found.manifest.quantization).toEqual(report);
    await verifyBundleFiles(found);
  });

  it('is shown by inspect: agreement, speed, and what it was calibrated on', async () => {
    const { bundle, report } = await quantize('inspected');
    const inspection = await inspectModel(bundle.folder, []);
    expect(inspection.bundle?.quantization).toEqual(report);
    const lines = inspectionLines(inspection).join('\n');
    const { agreement, imagesPerSecond } = report;
    const { fp32, int8 } = imagesPerSecond;
    expect(lines).toContain('\n  calibrated on 30 images, activations ');
    expect(lines).toContain('\n  on 50 other images, against small-fp32:\n');
    expect(lines).toContain(`same best class        ${(100 * agreement.top1).toFixed(1)} %\n`);
    expect(lines).toContain(`its best in our best 5 ${(100 * agreement.top5).toFixed(1)} %\n`);
    expect(lines).toContain(
      `${agreement.meanDelta.toFixed(4)} on average, ${agreement.worstDelta.toFixed(4)} at worst\n`,
    );
    expect(lines).toContain(`${(int8 / fp32).toFixed(2)} times as fast\n`);
  });

  it('is fused to integer operators by ONNX Runtime', async () => {
    const { bundle } = await quantize('fused');
    const optimizedModelFilePath = join(folder, 'optimized.onnx');
    const session = await InferenceSession.create(join(bundle.folder, 'model.onnx'), {
      graphOptimizationLevel: 'extended',
      optimizedModelFilePath,
    });
    await session.release();
    const { graph } = await readOnnx(optimizedModelFilePath);
    const operators = graph.node.map(({ opType }) => opType);
    expect(operators.filter((operator) => operator === 'QLinearConv')).toHaveLength(2);
    expect(operators.filter((operator) => operator === 'QGemm')).toHaveLength(2);
    expect(operators).not.toContain('DequantizeLinear');
    expect(operators).not.toContain('BatchNormalization');
  });

  it('reports every step', async () => {
    const steps: string[] = [];
    await quantize('steps', { onProgress: ({ step }) => steps.push(step) });
    expect([...new Set(steps)]).toEqual(['calibrate', 'weights', 'choose', 'compare']);
  });

  it('makes weights of 7 bits that agree, too', async () => {
    const { report } = await quantize('seven', { weightLimit: 64 });
    expect(report.weightBits).toBe(7);
    expect(report.agreement.top1).toBeGreaterThanOrEqual(0.9);
  });

  it.each([
    ['too few images to calibrate on', { images: stripes(0, 3) }, 'too_few_images'],
    ['no images to compare on', { holdOut: stripes(0, 0) }, 'too_few_images'],
    ['images of another size', { images: stripes(0, 4, 12) }, 'image_size'],
  ])('refuses %s and leaves nothing behind', async (what, options, code) => {
    const into = `refused ${what}`;
    await expect(quantize(into, options)).rejects.toThrow(expect.objectContaining({ code }));
    expect(await readdir(join(folder, into))).toEqual([]);
  });

  it('refuses what is not fp32', async () => {
    const { bundle } = await quantize('once');
    const again = quantize('again', { bundle });
    await expect(again).rejects.toThrow(expect.objectContaining({ code: 'unquantisable' }));
  });

  it('asks for no image where the outcome is there already, or the source is damaged', async () => {
    async function* untouched(): AsyncGenerator<Uint8Array> {
      expect.unreachable('an image was asked for');
      yield new Uint8Array();
    }
    await quantize('twice');
    const again = quantize('twice', { images: untouched() });
    await expect(again).rejects.toThrow(expect.objectContaining({ code: 'bundle_exists' }));
    const damaged = join(folder, 'damaged');
    await cp(source.folder, damaged, { recursive: true });
    await writeFile(join(damaged, 'model.safetensors'), 'no weights');
    const bundle = await readBundle(damaged);
    const broken = quantize('from damaged', { bundle, images: untouched() });
    await expect(broken).rejects.toThrow(expect.objectContaining({ code: 'bad_bundle' }));
  });

  it('leaves nothing behind when aborted', async () => {
    const controller = new AbortController();
    const making = quantize('aborted', {
      signal: controller.signal,
      onProgress: ({ step }) => {
        if (step === 'weights') controller.abort(new Error('enough'));
      },
    });
    await expect(making).rejects.toThrow('enough');
    expect(await readdir(join(folder, 'aborted'))).toEqual([]);
  });
});
