/** On bundles that are only a model.json: choosing reads nothing else. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builtInBundles } from '@labelmill/models/bundle-folders';
import type { Quantization } from '@labelmill/models/quantize/quantization-schema';
import { readBundle } from '@labelmill/models/read-bundle';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/parts/temp-folder.ts';
import { readSettings } from '../settings.ts';
import { bundleForCpu, bundleForQueue, type ChooseBundle } from './choose-bundle.ts';

const vnni = 'flags\t\t: fpu avx2 avx512f avx512_vnni\n';
const avx2 = 'flags\t\t: fpu avx2 fma\n';
const miniFolder = join(builtInBundles, 'vgg-mini-fp32');
const mini = await readBundle(miniFolder);

const quantization: Quantization = {
  from: { name: mini.name, digest: mini.digest },
  weightBits: 8,
  clipping: 'min-max',
  floatLayers: [],
  calibrationImages: 225,
  choosingImages: 75,
  agreement: { images: 100, top1: 0.98, top5: 1, meanDelta: 0.01, worstDelta: 0.05 },
  imagesPerSecond: { fp32: 100, int8: 360 },
  weightBytes: { fp32: 4, int8: 1 },
};

/** Chooses where an int8 bundle of vgg-mini with this report is there, or none. */
async function choose(how: ChooseBundle, name: string, report: Quantization | null = quantization) {
  await using folder = await temporaryFolder();
  if (report !== null) {
    const manifest = JSON.parse(await readFile(join(miniFolder, 'model.json'), 'utf8'));
    const int8 = { ...manifest, precision: 'int8', quantization: report };
    await mkdir(join(folder.path, 'vgg-mini-int8'));
    await writeFile(join(folder.path, 'vgg-mini-int8', 'model.json'), JSON.stringify(int8));
  }
  const notes: string[] = [];
  const settings = readSettings({ LABELMILL_MODELS: folder.path }, 0);
  const console = { out: () => {}, note: (line: string) => void notes.push(line), screen: null };
  const bundle = await how(name, { settings, console });
  return { chosen: bundle.name, notes };
}

describe('bundleForCpu', () => {
  it('takes int8 on a CPU with VNNI, and says so with the way to ask for fp32', async () => {
    const { chosen, notes } = await choose(bundleForCpu(vnni), 'vgg-mini');
    expect(chosen).toBe('vgg-mini-int8');
    expect(notes).toEqual([
      expect.stringMatching(/^vgg-mini-int8 .*3\.6 times.*98\.0 %.*--model vgg-mini-fp32/),
    ]);
  });

  it.each([
    ['the CPU has no VNNI', avx2, 'vgg-mini', quantization],
    ['there is no int8 bundle', vnni, 'vgg-mini', null],
    ['fp32 is asked for by name', vnni, 'vgg-mini-fp32', quantization],
    ['fp32 is asked for by its path', vnni, miniFolder, quantization],
    [
      'int8 was made from other weights',
      vnni,
      'vgg-mini',
      { ...quantization, from: { name: 'vgg-mini-fp32', digest: 'sha256:0' } },
    ],
  ])('takes fp32, and says nothing, where %s', async (_, cpuinfo, name, report) => {
    expect(await choose(bundleForCpu(cpuinfo), name, report)).toEqual({ chosen: 'vgg-mini-fp32', notes: [] });
  });

  it('takes the int8 bundle that is asked for by name, on any CPU', async () => {
    expect(await choose(bundleForCpu(avx2), 'vgg-mini-int8')).toEqual({ chosen: 'vgg-mini-int8', notes: [] });
  });
});

describe('bundleForQueue', () => {
  it('takes fp32 on every machine, and says so where there is another', async () => {
    expect(await choose(bundleForQueue, 'vgg-mini')).toEqual({
      chosen: 'vgg-mini-fp32',
      notes: ['vgg-mini is vgg-mini-fp32 here; --model vgg-mini-int8 names another'],
    });
    expect(await choose(bundleForQueue, 'vgg-mini', null)).toEqual({ chosen: 'vgg-mini-fp32', notes: [] });
  });

  it('takes what is named', async () => {
    expect(await choose(bundleForQueue, 'vgg-mini-int8')).toEqual({ chosen: 'vgg-mini-int8', notes: [] });
  });
});
