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
    expect(lines.at(-1)).toBe('no bundle of vgg16 is here');
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
