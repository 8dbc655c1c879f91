/** A small stand-in for a published safetensors file, with a catalogue entry whose checksum is right. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeHeWeights } from '../src/he-init.ts';
import type { PublishedWeights } from '../src/pull/published-weights.ts';
import { vggLayers } from '../src/vgg-layers.ts';

/** Thin enough to be small: 0.7 MB. */
export const thinArchitecture = {
  configuration: 'A',
  batchNorm: false,
  widthMultiplier: 1 / 8,
  inputSize: 32,
  fullyConnected: 64,
  classes: 1000,
} as const;

export async function thinWeights(folder: string): Promise<Uint8Array> {
  const path = join(folder, 'fake.safetensors');
  await writeHeWeights(path, vggLayers(thinArchitecture), 1);
  return readFile(path);
}

export function publishedAs(bytes: Uint8Array, changes: Partial<PublishedWeights> = {}): PublishedWeights {
  return {
    name: 'vgg11',
    kind: 'timm',
    model: 'vgg11',
    precision: 'fp32',
    file: 'vgg11.tv_in1k.safetensors',
    address: 'https://weights.example/timm/vgg11/model.safetensors',
    sha256: createHash('sha256').update(bytes).digest('hex'),
    licence: 'BSD-3-Clause',
    accuracy: { top1: 69.02, top5: 88.628 },
    ...changes,
  };
}
