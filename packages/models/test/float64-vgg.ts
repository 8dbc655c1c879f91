/**
 * The paper's six networks at a sixteenth of their width, written down a second time: plain loops in float64, sharing
 * nothing with the code under test.
 */
import type { VggConfiguration } from '../src/vgg-table.ts';

/** [kernel, output channels] at a sixteenth of the paper's width; the order and sizes are copied from its table 1. */
export type Step = 'M' | 'LRN' | readonly [number, number];
export const steps: Record<VggConfiguration, readonly Step[]> = {
  A: plan('3-4 M 3-8 M 3-16 3-16 M 3-32 3-32 M 3-32 3-32 M'),
  'A-LRN': plan('3-4 LRN M 3-8 M 3-16 3-16 M 3-32 3-32 M 3-32 3-32 M'),
  B: plan('3-4 3-4 M 3-8 3-8 M 3-16 3-16 M 3-32 3-32 M 3-32 3-32 M'),
  C: plan('3-4 3-4 M 3-8 3-8 M 3-16 3-16 1-16 M 3-32 3-32 1-32 M 3-32 3-32 1-32 M'),
  D: plan('3-4 3-4 M 3-8 3-8 M 3-16 3-16 3-16 M 3-32 3-32 3-32 M 3-32 3-32 3-32 M'),
  E: plan('3-4 3-4 M 3-8 3-8 M 3-16 3-16 3-16 3-16 M 3-32 3-32 3-32 3-32 M 3-32 3-32 3-32 3-32 M'),
};
export const side = 64;

export const hidden = 24;
export const classes = 12;
export const mean = [0.485, 0.456, 0.406] as const;
export const std = [0.229, 0.224, 0.225] as const;

export interface Layer {
  readonly shape: readonly number[];
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  /** Behind the convolution. */
  readonly batchNorm?: BatchNorm;
}

export interface BatchNorm {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  readonly running_mean: Float32Array;
  readonly running_var: Float32Array;
}

export interface Reference {
  readonly probabilities: number[];
  /** Of the first position. */
  readonly features: number[];
  /**
   * What every operator gives, [C, H, W] flattened, by the names of the authors' Caffe models: conv1_1, bn1_1, pool1,
   * fc6; what ReLU makes of one is `<name>.relu`, of fc7 `features`.
   */
  readonly values: ReadonlyMap<string, readonly number[]>;
}

/**
 * One image in float64: definitions, loop by loop. An image larger than the training size is seen at every position
 * of the last maps, and the positions' scores are averaged before the softmax.
 */
export function reference(
  configuration: VggConfiguration,
  layers: Map<string, Layer>,
  pixels: Uint8Array,
  height: number = side,
  width: number = side,
): Reference {
  let size: Size = { height, width };
  let maps = [0, 1, 2].map((channel) =>
    Array.from(
      { length: height * width },
      (_, at) => ((pixels[3 * at + channel] ?? 0) / 255 - mean[channel]!) / std[channel]!,
    ),
  );
  const values = new Map<string, readonly number[]>();
  const note = (name: string, found: readonly number[][]) => values.set(name, found.flat());
  note('normalised', maps);
  const parts = layers.values();
  let [block, place] = [1, 0];
  for (const step of steps[configuration]) {
    if (step === 'M') {
      maps = maps.map((map) => pooled(map, size));
      size = { height: Math.floor(size.height / 2), width: Math.floor(size.width / 2) };
      note(`pool${block}`, maps);
      [block, place] = [block + 1, 0];
    } else if (step === 'LRN') {
      maps = normalised(maps);
      note(`lrn${block}`, maps);
    } else {
      const layer = parts.next().value as Layer;
      place++;
      maps = convolved(maps, size, step[0], layer);
      note(`conv${block}_${place}`, maps);
      maps = batchNormalised(maps, layer.batchNorm);
      const last = `${layer.batchNorm === undefined ? 'conv' : 'bn'}${block}_${place}`;
      note(last, maps);
      maps = maps.map(relu);
      note(`${last}.relu`, maps);
    }
  }
  const classifier = [...parts];
  const window = Math.sqrt(classifier[0]!.shape[1]! / maps.length);
  const positions: Classified[] = [];
  for (let top = 0; top + window <= size.height; top++) {
    for (let left = 0; left + window <= size.width; left++) {
      positions.push(classified(classifier, cut(maps, size, top, left, window)));
    }
  }
  const scores = positions[0]!.fc8.map(
    (_, unit) => positions.reduce((total, position) => total + position.fc8[unit]!, 0) / positions.length,
  );
  const overPositions = (part: keyof Classified) =>
    positions[0]![part].map((_, unit) => positions.map((position) => position[part][unit]!));
  for (const part of ['fc6', 'fc6.relu', 'fc7', 'features', 'fc8'] as const) note(part, overPositions(part));
  note('average', [scores]);
  note('softmax', [softmax(scores)]);
  return { probabilities: softmax(scores), features: positions[0]!.features, values };
}

interface Size {
  readonly height: number;
  readonly width: number;
}

const relu = (values: number[]) => values.map((value) => Math.max(0, value));

function cut(maps: number[][], size: Size, top: number, left: number, window: number): number[] {
  return maps.flatMap((map) =>
    Array.from({ length: window }, (_, y) =>
      map.slice((top + y) * size.width + left, (top + y) * size.width + left + window),
    ).flat(),
  );
}

interface Classified {
  readonly fc6: number[];
  readonly 'fc6.relu': number[];
  readonly fc7: number[];
  readonly features: number[];
  readonly fc8: number[];
}

function classified(layers: Layer[], input: number[]): Classified {
  const [first, second, third] = layers as [Layer, Layer, Layer];
  const fc6 = product(first, input);
  const fc7 = product(second, relu(fc6));
  const features = relu(fc7);
  return { fc6, 'fc6.relu': relu(fc6), fc7, features, fc8: product(third, features) };
}

function product({ weight, bias }: Layer, input: number[]): number[] {
  return Array.from(bias, (offset, unit) =>
    input.reduce((total, value, at) => total + value * weight[unit * input.length + at]!, offset),
  );
}

function softmax(scores: number[]): number[] {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const total = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / total);
}

/** Ioffe & Szegedy (arXiv 1502.03167), algorithm 2, with PyTorch's epsilon. */
function batchNormalised(maps: number[][], batchNorm: BatchNorm | undefined): number[][] {
  if (batchNorm === undefined) return maps;
  const { weight, bias, running_mean, running_var } = batchNorm;
  return maps.map((map, channel) =>
    map.map(
      (value) =>
        ((value - running_mean[channel]!) / Math.sqrt(running_var[channel]! + 1e-5)) * weight[channel]! +
        bias[channel]!,
    ),
  );
}

function convolved(maps: number[][], size: Size, kernel: number, { weight, bias }: Layer): number[][] {
  const { height, width } = size;
  const reach = (kernel - 1) / 2;
  return Array.from(bias, (offset, output) =>
    Array.from({ length: height * width }, (_, at) => {
      const [y, x] = [Math.floor(at / width), at % width];
      let total = offset;
      maps.forEach((map, input) => {
        for (let i = -reach; i <= reach; i++) {
          for (let j = -reach; j <= reach; j++) {
            if (y + i < 0 || y + i >= height || x + j < 0 || x + j >= width) continue;
            const tap = ((output * maps.length + input) * kernel + i + reach) * kernel + j + reach;
            total += weight[tap]! * map[(y + i) * width + x + j]!;
          }
        }
      });
      return total;
    }),
  );
}

/** An odd last row or column is left out. */
function pooled(map: number[], { height, width }: Size): number[] {
  const columns = Math.floor(width / 2);
  return Array.from({ length: Math.floor(height / 2) * columns }, (_, at) => {
    const corner = Math.floor(at / columns) * 2 * width + (at % columns) * 2;
    return Math.max(map[corner]!, map[corner + 1]!, map[corner + width]!, map[corner + width + 1]!);
  });
}

/** Krizhevsky et al. 2012, section 3.3: b = a / (k + α Σ a²)^β over n = 5 neighbouring maps; k = 2, α = 1e-4, β = 0.75. */
function normalised(maps: number[][]): number[][] {
  return maps.map((map, channel) =>
    map.map((value, at) => {
      const neighbours = maps.slice(Math.max(0, channel - 2), channel + 3);
      return value / (2 + 1e-4 * neighbours.reduce((total, other) => total + other[at]! ** 2, 0)) ** 0.75;
    }),
  );
}

function plan(text: string): Step[] {
  return text.split(' ').map((step) => {
    if (step === 'M' || step === 'LRN') return step;
    const [kernel = 0, channels = 0] = step.split('-').map(Number);
    return [kernel, channels];
  });
}
