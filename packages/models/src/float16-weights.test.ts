import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { randomLayers, thin, writeWeights } from '../test/random-weights.ts';
import { writeFloat16Weights } from './float16-weights.ts';
import { readSafetensorsHeader } from './safetensors.ts';
import { vggLayers, withoutBatchNorm } from './vgg-layers.ts';
import { bindTensors } from './vgg-tensors.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'float16-'));
});
afterEach(() => rm(folder, { recursive: true }));

const architecture = thin('A');
const normalised = thin('A', true);

/** The bits of the converted first convolution's weights and bias. */
async function convert(
  change: (layer: { weight: Float32Array; bias: Float32Array; running_var: Float32Array }) => void,
  from = architecture,
): Promise<{ weight: number[]; bias: number[] }> {
  const layers = randomLayers(from);
  const { weight, bias, batchNorm } = layers.get('features.0')!;
  change({ weight, bias, running_var: batchNorm?.running_var ?? new Float32Array() });
  const source = await writeWeights(folder, layers);
  const path = join(folder, 'half.safetensors');
  await writeFloat16Weights(path, source, vggLayers(from), () => {});
  const { tensors } = await readSafetensorsHeader(path);
  const file = await readFile(path);
  const bits = (name: string) => {
    const { offset, bytes } = tensors.get(name)!;
    return [...new Uint16Array(Uint8Array.from(file.subarray(offset, offset + bytes)).buffer)];
  };
  return { weight: bits('features.0.weight'), bias: bits('features.0.bias') };
}

describe('writeFloat16Weights', () => {
  it('rounds to the nearest float16, ties to even', async () => {
    // Float16 has 10 bits behind the point: 1 + 2⁻¹¹ lies between 0x3c00 and 0x3c01. Its smallest number is 2⁻²⁴.
    const cases = [
      [1, 0x3c00],
      [1 + 2 ** -11, 0x3c00],
      [1 + 2 ** -11 + 2 ** -20, 0x3c01],
      [1 + 3 * 2 ** -11, 0x3c02],
      [-65504, 0xfbff],
      [65519.99, 0x7bff],
      [2 ** -24, 0x0001],
      [2 ** -25, 0x0000],
      [2 ** -25 + 2 ** -40, 0x0001],
      [-0, 0x8000],
    ] as const;
    const { weight } = await convert((layer) => layer.weight.set(cases.map(([value]) => value)));
    expect(weight.slice(0, cases.length)).toEqual(cases.map(([, bits]) => bits));
  });

  it('rounds once when it folds a batch norm in', async () => {
    // γ = 1, variance 1 − ε: the scale is 1, to the float32 of the variance.
    const { weight, bias } = await convert(({ weight, bias, running_var }) => {
      running_var.fill(0.25 - 1e-5);
      weight.fill(0.5);
      bias.fill(0);
    }, normalised);
    const { batchNorm } = randomLayers(normalised).get('features.0')!;
    const half = new Float16Array(8);
    batchNorm!.weight.forEach((gamma, channel) => {
      half[channel] = gamma; // 0.5 · γ / √0.25
      half[4 + channel] = -batchNorm!.running_mean[channel]! * gamma * 2 + batchNorm!.bias[channel]!;
    });
    const expected = [...new Uint16Array(half.buffer)];
    expect([weight[0], weight[27], weight[54], weight[81]]).toEqual(expected.slice(0, 4));
    expect(bias).toEqual(expected.slice(4));
  });

  it.each(['torchvision', 'timm'] as const)("keeps %s's names, without the batch norms", async (naming) => {
    const source = await writeWeights(folder, randomLayers(normalised), naming);
    const path = join(folder, 'half.safetensors');
    const reports: number[] = [];
    await writeFloat16Weights(path, source, vggLayers(normalised), ({ done, total }) =>
      reports.push(done / total),
    );
    const converted = await readSafetensorsHeader(path);
    expect(bindTensors(withoutBatchNorm(vggLayers(normalised)), converted, 'F16').size).toBe(11);
    expect([...converted.tensors.keys()].filter((name) => !source.tensors.has(name))).toEqual([]);
    expect(reports.at(-1)).toBe(1);
  });

  it.each([65520, -1e38])('refuses %d, which float16 does not have, by the tensor’s name', async (value) => {
    const converting = convert(({ weight }) => weight.set([value], 5));
    await expect(converting).rejects.toThrow(
      expect.objectContaining({
        code: 'float16_overflow',
        message: expect.stringContaining('tensor features.0.weight'),
      }),
    );
  });

  it('refuses a batch norm whose variance is negative', async () => {
    const converting = convert(({ running_var }) => running_var.set([-1], 2), normalised);
    await expect(converting).rejects.toThrow(/tensor features\.0\.weight/);
  });

  it('stops when aborted', async () => {
    const source = await writeWeights(folder, randomLayers(architecture));
    const path = join(folder, 'half.safetensors');
    const signal = AbortSignal.abort(new Error('enough'));
    const converting = writeFloat16Weights(path, source, vggLayers(architecture), () => {}, signal);
    await expect(converting).rejects.toThrow('enough');
  });
});
