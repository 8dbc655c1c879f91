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
}

/** One image's probabilities in float64: definitions, loop by loop. */
export function reference(
  configuration: VggConfiguration,
  layers: Map<string, Layer>,
  pixels: Uint8Array,
): number[] {
  let size = side;
  let maps = [0, 1, 2].map((channel) =>
    Array.from(
      { length: size * size },
      (_, at) => ((pixels[3 * at + channel] ?? 0) / 255 - mean[channel]!) / std[channel]!,
    ),
  );
  const relu = (values: number[]) => values.map((value) => Math.max(0, value));
  const parts = layers.values();
  for (const step of steps[configuration]) {
    if (step === 'M') {
      maps = maps.map((map) => pooled(map, size));
      size /= 2;
    } else if (step === 'LRN') {
      maps = normalised(maps);
    } else {
      maps = convolved(maps, size, step[0], parts.next().value as Layer).map(relu);
    }
  }
  let features = maps.flat();
  for (const layer of parts) {
    const { weight, bias } = layer;
    const outputs = Array.from(bias, (offset, unit) =>
      features.reduce((total, value, at) => total + value * weight[unit * features.length + at]!, offset),
    );
    features = layer === layers.get('classifier.6') ? outputs : relu(outputs);
  }
  const largest = Math.max(...features);
  const powers = features.map((logit) => Math.exp(logit - largest));
  const total = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / total);
}

function convolved(maps: number[][], size: number, kernel: number, { weight, bias }: Layer): number[][] {
  const reach = (kernel - 1) / 2;
  return Array.from(bias, (offset, output) =>
    Array.from({ length: size * size }, (_, at) => {
      const [y, x] = [Math.floor(at / size), at % size];
      let total = offset;
      maps.forEach((map, input) => {
        for (let i = -reach; i <= reach; i++) {
          for (let j = -reach; j <= reach; j++) {
            if (y + i < 0 || y + i >= size || x + j < 0 || x + j >= size) continue;
            const tap = ((output * maps.length + input) * kernel + i + reach) * kernel + j + reach;
            total += weight[tap]! * map[(y + i) * size + x + j]!;
          }
        }
      });
      return total;
    }),
  );
}

function pooled(map: number[], size: number): number[] {
  return Array.from({ length: (size / 2) ** 2 }, (_, at) => {
    const corner = Math.floor(at / (size / 2)) * 2 * size + (at % (size / 2)) * 2;
    return Math.max(map[corner]!, map[corner + 1]!, map[corner + size]!, map[corner + size + 1]!);
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
