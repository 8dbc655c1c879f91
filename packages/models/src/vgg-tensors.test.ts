import { describe, expect, it } from 'vitest';
import type { SafetensorsHeader } from './safetensors.ts';
import { vggLayers } from './vgg-layers.ts';
import { paperArchitecture } from './vgg-table.ts';
import { bindTensors, type TensorNaming, vggTensors } from './vgg-tensors.ts';

const plain = vggLayers(paperArchitecture('D'));
const normalised = vggLayers(paperArchitecture('D', true));

/** A header with all the tensors, at made-up places. */
function header(naming: TensorNaming, layers = plain) {
  const tensors = new Map<
    string,
    { dtype: 'F32' | 'F16' | 'I64'; shape: readonly number[]; offset: number; bytes: number }
  >();
  for (const roles of vggTensors(layers, naming).values()) {
    for (const { name, shape } of roles.values())
      tensors.set(name, { dtype: 'F32', shape, offset: tensors.size, bytes: 4 });
  }
  return { path: 'w.safetensors', metadata: {}, tensors } satisfies SafetensorsHeader;
}

describe('bindTensors', () => {
  it.each([
    [
      'torchvision',
      'classifier.0.weight',
      [4096, 25088],
      'classifier.3.weight',
      [4096, 4096],
      'classifier.6.weight',
    ],
    [
      'timm',
      'pre_logits.fc1.weight',
      [4096, 512, 7, 7],
      'pre_logits.fc2.weight',
      [4096, 4096, 1, 1],
      'head.fc.weight',
    ],
  ] as const)("finds %s's tensors", (naming, fc6, shape6, fc7, shape7, fc8) => {
    const file = header(naming);
    expect(file.tensors.size).toBe(32);
    expect(file.tensors.get('features.28.weight')?.shape).toEqual([512, 512, 3, 3]);
    expect(file.tensors.get(fc6)?.shape).toEqual(shape6);
    expect(file.tensors.get(fc7)?.shape).toEqual(shape7);
    expect(file.tensors.get(fc8)?.shape).toEqual([1000, 4096]);
    const bound = bindTensors(plain, file, 'F32');
    expect(bound.get('conv5_3')?.get('weight')).toBe(file.tensors.get('features.28.weight'));
    expect(bound.get('fc6')?.get('weight')).toBe(file.tensors.get(fc6));
    expect(bound.get('fc8')?.get('bias')).toBe(file.tensors.get(fc8.replace('weight', 'bias')));
  });

  it("finds a batch norm's tensors one behind its convolution's, and passes over what only training needs", () => {
    const file = header('torchvision', normalised);
    expect(file.tensors.size).toBe(32 + 4 * 13);
    file.tensors.set('features.41.num_batches_tracked', { dtype: 'I64', shape: [], offset: 0, bytes: 8 });
    const bound = bindTensors(normalised, file, 'F32');
    expect(bound.get('conv5_3')?.get('weight')).toBe(file.tensors.get('features.40.weight'));
    expect(bound.get('bn5_3')?.get('running_var')).toBe(file.tensors.get('features.41.running_var'));
    expect(() => bindTensors(plain, file, 'F32')).toThrow(
      expect.objectContaining({ code: 'missing_tensor' }),
    );
    file.tensors.delete('features.41.running_var');
    expect(() => bindTensors(normalised, file, 'F32')).toThrow(/no tensor features\.41\.running_var/);
  });

  it('takes float16 where that is asked for, and nothing else', () => {
    const file = header('timm');
    for (const [name, range] of file.tensors) file.tensors.set(name, { ...range, dtype: 'F16' });
    expect(bindTensors(plain, file, 'F16').size).toBe(16);
    expect(() => bindTensors(plain, file, 'F32')).toThrow(/features\.0\.weight is F16, not F32/);
  });

  it.each([
    ['missing_tensor', 'features.5.bias', undefined],
    ['misshapen_tensor', 'features.5.weight', { shape: [128, 64, 1, 9] }],
    ['misshapen_tensor', 'classifier.6.weight', { shape: [4096, 1000] }],
    ['unsupported_dtype', 'classifier.0.bias', { dtype: 'F16' as const }],
    ['extra_tensor', 'features.1.running_mean', { shape: [64] }],
  ])('refuses with %s, naming %s', (code, name, change) => {
    const file = header('torchvision');
    if (change === undefined) file.tensors.delete(name);
    else
      file.tensors.set(name, {
        dtype: 'F32',
        shape: [4096],
        offset: 0,
        bytes: 4,
        ...file.tensors.get(name),
        ...change,
      });
    expect(() => bindTensors(plain, file, 'F32')).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(`tensor ${name}`) }),
    );
  });
});
