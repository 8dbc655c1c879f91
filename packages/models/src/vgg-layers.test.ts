import { describe, expect, it } from 'vitest';
import { vggLayers, withoutBatchNorm } from './vgg-layers.ts';
import { paperArchitecture, type VggConfiguration } from './vgg-table.ts';

/** Convolutions, parameters and multiply-accumulates at 224², as published (torchvision's and the paper's table 2). */
const published: Record<VggConfiguration, readonly [number, number, number, number]> = {
  A: [8, 132_863_336, 9_220_480, 7_609_090_048],
  'A-LRN': [8, 132_863_336, 9_220_480, 7_609_090_048],
  B: [10, 133_047_848, 9_404_992, 11_308_466_176],
  C: [13, 133_638_952, 9_996_096, 11_770_888_192],
  D: [13, 138_357_544, 14_714_688, 15_470_264_320],
  E: [16, 143_667_240, 20_024_384, 19_632_062_464],
};

/** N of torchvision's features.N for its vgg11, 13, 16 and 19. */
const featureIndices = {
  A: [0, 3, 6, 8, 11, 13, 16, 18],
  'A-LRN': [0, 3, 6, 8, 11, 13, 16, 18],
  B: [0, 2, 5, 7, 10, 12, 15, 17, 20, 22],
  D: [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28],
  E: [0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34],
};

/**
 * Parameters of the networks with batch norm: torchvision's documentation of vgg11_bn, 13, 16 and 19; C, which it does
 * not have, is C plus twice its channels, 2·64 + 2·128 + 3·256 + 6·512 = 4224.
 */
const normalised = {
  A: 132_868_840,
  B: 133_053_736,
  C: 133_638_952 + 2 * 4224,
  D: 138_365_992,
  E: 143_678_248,
};

const normalisedIndices = {
  A: [0, 4, 8, 11, 15, 18, 22, 25],
  B: [0, 3, 7, 10, 14, 17, 21, 24, 28, 31],
  D: [0, 3, 7, 10, 14, 17, 20, 24, 27, 30, 34, 37, 40],
  E: [0, 3, 7, 10, 14, 17, 20, 23, 27, 30, 33, 36, 40, 43, 46, 49],
};

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
const small = {
  configuration: 'A',
  batchNorm: false,
  widthMultiplier: 0.25,
  inputSize: 64,
  fullyConnected: 512,
  classes: 200,
} as const;

describe('vggLayers', () => {
  it.each(Object.entries(published))(
    'gives configuration %s the published counts',
    (configuration, counts) => {
      const layers = vggLayers(paperArchitecture(configuration as VggConfiguration));
      const convolutions = layers.filter(({ kind }) => kind === 'conv');
      const parameters = sum(layers.map((layer) => layer.parameters));
      const macs = sum(layers.map((layer) => layer.macs));
      expect([
        convolutions.length,
        parameters,
        sum(convolutions.map((layer) => layer.parameters)),
        macs,
      ]).toEqual(counts);
    },
  );

  it.each(Object.entries(featureIndices))(
    'numbers the convolutions of %s as torchvision does',
    (name, indices) => {
      const layers = vggLayers(paperArchitecture(name as VggConfiguration));
      expect(layers.flatMap((layer) => (layer.kind === 'conv' ? [layer.featureIndex] : []))).toEqual(indices);
    },
  );

  it.each(Object.entries(normalised))(
    'gives configuration %s with batch norm its published parameters, and no other MACs',
    (name, parameters) => {
      const configuration = name as VggConfiguration;
      const layers = vggLayers(paperArchitecture(configuration, true));
      expect(sum(layers.map((layer) => layer.parameters))).toBe(parameters);
      expect(sum(layers.map((layer) => layer.macs))).toBe(published[configuration][3]);
      expect(withoutBatchNorm(layers).map(({ name: layer }) => layer)).toEqual(
        vggLayers(paperArchitecture(configuration)).map(({ name: layer }) => layer),
      );
    },
  );

  it.each(Object.entries(normalisedIndices))(
    'numbers the convolutions of %s with batch norm as torchvision does, each batch norm one further',
    (name, indices) => {
      const layers = vggLayers(paperArchitecture(name as VggConfiguration, true));
      const numbersOf = (kind: string) =>
        layers.flatMap((layer) =>
          layer.kind === kind && 'featureIndex' in layer ? [layer.featureIndex] : [],
        );
      expect(numbersOf('conv')).toEqual(indices);
      expect(numbersOf('batchnorm')).toEqual(indices.map((index) => index + 1));
    },
  );

  it("has VGG-16's feature maps", () => {
    expect(vggLayers(paperArchitecture('D')).map(({ outputShape }) => outputShape.join('×'))).toEqual([
      ...['64×224×224', '64×224×224', '64×112×112'],
      ...['128×112×112', '128×112×112', '128×56×56'],
      ...['256×56×56', '256×56×56', '256×56×56', '256×28×28'],
      ...['512×28×28', '512×28×28', '512×28×28', '512×14×14'],
      ...['512×14×14', '512×14×14', '512×14×14', '512×7×7'],
      ...['4096', '4096', '1000'],
    ]);
  });

  it("sees 212 pixels at VGG-16's last pooling and the whole image behind it", () => {
    // 3×3 twice, pooled, …: 1 + Σ (kernel − 1) · stride = 1 + 2(1+1) + 1 + 4(2) + 2 + 6(4) + 4 + 6(8) + 8 + 6(16) + 16.
    const fields = vggLayers(paperArchitecture('D')).map(({ receptiveField }) => receptiveField);
    expect(fields.slice(0, 3)).toEqual([3, 5, 6]);
    expect(fields.slice(-4)).toEqual([212, 224, 224, 224]);
  });

  it('has the 1×1 convolutions of C last in blocks 3 to 5', () => {
    const layers = vggLayers(paperArchitecture('C'));
    const pointwise = layers.filter((layer) => layer.kind === 'conv' && layer.kernel === 1);
    expect(pointwise.map(({ name }) => name)).toEqual(['conv3_3', 'conv4_3', 'conv5_3']);
  });

  it('has one LRN, behind the first convolution of A-LRN', () => {
    const kinds = vggLayers(paperArchitecture('A-LRN')).map(({ kind }) => kind);
    expect(kinds.slice(0, 3)).toEqual(['conv', 'lrn', 'pool']);
    expect(kinds.filter((kind) => kind === 'lrn')).toHaveLength(1);
  });

  it('scales to a quarter of the width, 64 pixels and 200 classes', () => {
    const layers = vggLayers(small);
    expect(sum(layers.map(({ parameters }) => parameters))).toBe(1_205_032);
    expect(layers.at(-4)?.outputShape).toEqual([128, 2, 2]);
  });

  it.each([
    ['a fraction of a channel', { widthMultiplier: 0.3 }],
    ['an input that five poolings use up', { inputSize: 31 }],
    ['no classes', { classes: 0 }],
    ['half a neuron', { fullyConnected: 0.5 }],
  ])('refuses %s', (_, change) => {
    expect(() => vggLayers({ ...small, ...change })).toThrow(
      expect.objectContaining({ code: 'bad_architecture' }),
    );
  });
});
