import { describe, expect, it } from 'vitest';
import { builtInBundles } from './bundle-folders.ts';
import { inspectModel } from './inspect-model.ts';
import { inspectionLines } from './inspection-lines.ts';

const folders = [builtInBundles];

describe('inspectModel', () => {
  it.each([
    ['vgg11', 132_863_336],
    ['vgg11_lrn', 132_863_336],
    ['vgg13', 133_047_848],
    ['vgg16_c', 133_638_952],
    ['vgg16', 138_357_544],
    ['vgg19', 143_667_240],
    ['vgg11_bn', 132_868_840],
    ['vgg13_bn', 133_053_736],
    ['vgg16_c_bn', 133_647_400],
    ['vgg16_bn', 138_365_992],
    ['vgg19_bn', 143_678_248],
  ])('knows %s without having its weights', async (model, parameters) => {
    const { network, bundle } = await inspectModel(model, folders);
    expect(network?.parameters).toBe(parameters);
    expect(bundle).toBeNull();
  });

  it("shows a bundle's provenance", async () => {
    const { model, network, bundle } = await inspectModel('vgg-mini-fp32', folders);
    expect({ model, parameters: network?.parameters }).toEqual({ model: 'vgg-mini', parameters: 1_205_032 });
    expect(bundle).toMatchObject({ name: 'vgg-mini-fp32', trained: true, precision: 'fp32' });
    expect(bundle?.provenance.licence).toContain('research use');
    expect(bundle?.provenance.accuracy).toMatch(/^46\.9 % top-1, 72\.9 % top-5/);
    expect(bundle?.digests.weights).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('does not know what is neither', async () => {
    await expect(inspectModel('vgg17', folders)).rejects.toThrow(
      expect.objectContaining({ code: 'unknown_model' }),
    );
  });
});

describe('inspectionLines', () => {
  it("prints VGG-16's table with its totals", async () => {
    const lines = inspectionLines(await inspectModel('vgg16', folders));
    expect(lines).toContain('conv1_2     3×3   64×224×224       36,928   1,849,688,064    5 px');
    expect(lines).toContain('total                         138,357,544  15,470,264,320');
    expect(lines.slice(-3)).toEqual([
      'no bundle of vgg16 is here',
      "published vgg16: 71.592 % top-1, 90.382 % top-5 on ImageNet's validation set; licence BSD-3-Clause",
      '          "labelmill model pull vgg16" gets it',
    ]);
  });

  it('prints batch norms as layers of their own', async () => {
    const lines = inspectionLines(await inspectModel('vgg11_bn', folders));
    expect(lines).toContain('bn1_1             64×224×224          128              0    3 px');
    expect(lines.at(-1)).toBe('no bundle of vgg11_bn is here');
  });

  it("prints a bundle's digests and graphs", async () => {
    const lines = inspectionLines(await inspectModel('vgg-mini', folders)).join('\n');
    for (const part of ['weights', 'graph', 'preprocessing', 'label map']) {
      expect(lines).toMatch(new RegExp(`\n  ${part} +sha256:[0-9a-f]{64}\n`));
    }
    expect(lines).toMatch(/\ngraphs {4}labels, features, dense, labels ×1, labels ×8, .*features ×256\n/);
  });

  it('marks an untrained bundle, and only that', async () => {
    const inspection = await inspectModel('vgg-mini', folders);
    expect(inspectionLines(inspection).join('\n')).not.toContain('UNTRAINED');
    const { bundle } = inspection;
    if (bundle === null) throw new Error('vgg-mini is built in');
    const untrained = { ...inspection, bundle: { ...bundle, trained: false } };
    expect(inspectionLines(untrained).join('\n')).toContain(
      'UNTRAINED: random weights, its labels mean nothing',
    );
  });

  it('shows a network that has no layer table by its bundle alone', async () => {
    const inspection = await inspectModel('vgg-mini', folders);
    const [first] = inspectionLines({ ...inspection, model: 'foreign', network: null });
    expect(first).toBe('foreign: a network without a layer table');
  });
});
