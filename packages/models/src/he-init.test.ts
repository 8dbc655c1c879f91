import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileDigest } from './file-digest.ts';
import { writeHeWeights } from './he-init.ts';
import { readSafetensorsHeader } from './safetensors.ts';
import { vggLayers } from './vgg-layers.ts';
import { bindTensors } from './vgg-tensors.ts';

const architecture = {
  configuration: 'A',
  batchNorm: false,
  widthMultiplier: 0.25,
  inputSize: 64,
  fullyConnected: 512,
  classes: 200,
} as const;
const layers = vggLayers(architecture);
const parameters = 1_205_032;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'he-init-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('writeHeWeights', () => {
  it('draws weights of variance 2 / fan_in and leaves biases at 0', async () => {
    const path = join(folder, 'he.safetensors');
    await writeHeWeights(path, layers, 1);
    const file = await readFile(path);
    const bound = bindTensors(layers, await readSafetensorsHeader(path), 'F32');
    const floats = ({ offset = 0, bytes = 0 } = {}) => {
      const copy = Uint8Array.from(file.subarray(offset, offset + bytes));
      return new Float32Array(copy.buffer);
    };
    // conv4_2 has 128 inputs through 3×3; fc7 has 512: enough numbers for the deviation to be known to 1 %.
    const fanIns = { conv4_2: 128 * 9, fc7: 512 };
    for (const [name, fanIn] of Object.entries(fanIns)) {
      const weights = floats(bound.get(name)?.get('weight'));
      const deviation = Math.sqrt(weights.reduce((sum, x) => sum + x * x, 0) / weights.length);
      expect(Math.abs(deviation / Math.sqrt(2 / fanIn) - 1)).toBeLessThan(0.01);
    }
    for (const roles of bound.values()) expect(floats(roles.get('bias')).every((x) => x === 0)).toBe(true);
  });

  it('makes batch norms that change nothing', async () => {
    const normalised = vggLayers({ ...architecture, batchNorm: true });
    const path = join(folder, 'bn.safetensors');
    await writeHeWeights(path, normalised, 1);
    const file = await readFile(path);
    const { tensors } = await readSafetensorsHeader(path);
    for (const [tensor, value] of [
      ['weight', 1],
      ['bias', 0],
      ['running_mean', 0],
      ['running_var', 1],
    ] as const) {
      const { offset, bytes } = tensors.get(`features.1.${tensor}`)!;
      const numbers = new Float32Array(Uint8Array.from(file.subarray(offset, offset + bytes)).buffer);
      expect([tensor, ...numbers]).toEqual([tensor, ...Array(16).fill(value)]);
    }
  });

  it('writes the same bytes for the same seed, on every machine, and others for another', async () => {
    const digests: string[] = [];
    for (const [place, seed] of [1, 1, 2].entries()) {
      const path = join(folder, `${place}.safetensors`);
      await writeHeWeights(path, layers, seed);
      digests.push((await fileDigest(path)).sha256);
    }
    expect(digests[1]).toBe(digests[0]);
    expect(digests[2]).not.toBe(digests[0]);
    expect(digests[0]).toBe('383e1c9ff9b0c8d6d86895f732195c5478a2acb2b8017e55793e352a2f621792');
  });

  it('reports progress up to the last parameter', async () => {
    const reports: { done: number; total: number }[] = [];
    await writeHeWeights(join(folder, 'p.safetensors'), layers, 1, (progress) => reports.push(progress));
    expect(reports.at(-1)).toEqual({ done: parameters, total: parameters });
    expect(reports.map(({ done }) => done)).toEqual(
      reports.map(({ done }) => done).toSorted((a, b) => a - b),
    );
  });

  it('stops when aborted', async () => {
    const controller = new AbortController();
    const writing = writeHeWeights(
      join(folder, 'a.safetensors'),
      layers,
      1,
      () => controller.abort(new Error('enough')),
      controller.signal,
    );
    await expect(writing).rejects.toThrow('enough');
  });
});
