/**
 * Table 1 of Simonyan & Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition"
 * (arXiv 1409.1556v6), as data. `conv3-64` is a 3×3 convolution with 64 output channels, padded to keep the size,
 * then ReLU. Each of the five blocks ends in a 2×2 max pooling of stride 2; behind them every column has the same
 * FC-4096, FC-4096, FC-1000 and softmax.
 */

export type VggConfiguration = 'A' | 'A-LRN' | 'B' | 'C' | 'D' | 'E';

/** One cell of the table. `LRN` is AlexNet's local response normalisation; it stands only in A-LRN. */
export type TableCell = `conv${1 | 3}-${64 | 128 | 256 | 512}` | 'LRN';

/** The five blocks of each column, from top to bottom. */
export const vggTable: Readonly<Record<VggConfiguration, readonly (readonly TableCell[])[]>> = {
  A: [
    ['conv3-64'],
    ['conv3-128'],
    ['conv3-256', 'conv3-256'],
    ['conv3-512', 'conv3-512'],
    ['conv3-512', 'conv3-512'],
  ],
  'A-LRN': [
    ['conv3-64', 'LRN'],
    ['conv3-128'],
    ['conv3-256', 'conv3-256'],
    ['conv3-512', 'conv3-512'],
    ['conv3-512', 'conv3-512'],
  ],
  B: [
    ['conv3-64', 'conv3-64'],
    ['conv3-128', 'conv3-128'],
    ['conv3-256', 'conv3-256'],
    ['conv3-512', 'conv3-512'],
    ['conv3-512', 'conv3-512'],
  ],
  C: [
    ['conv3-64', 'conv3-64'],
    ['conv3-128', 'conv3-128'],
    ['conv3-256', 'conv3-256', 'conv1-256'],
    ['conv3-512', 'conv3-512', 'conv1-512'],
    ['conv3-512', 'conv3-512', 'conv1-512'],
  ],
  D: [
    ['conv3-64', 'conv3-64'],
    ['conv3-128', 'conv3-128'],
    ['conv3-256', 'conv3-256', 'conv3-256'],
    ['conv3-512', 'conv3-512', 'conv3-512'],
    ['conv3-512', 'conv3-512', 'conv3-512'],
  ],
  E: [
    ['conv3-64', 'conv3-64'],
    ['conv3-128', 'conv3-128'],
    ['conv3-256', 'conv3-256', 'conv3-256', 'conv3-256'],
    ['conv3-512', 'conv3-512', 'conv3-512', 'conv3-512'],
    ['conv3-512', 'conv3-512', 'conv3-512', 'conv3-512'],
  ],
};

/** A column of the table, and the sizes that the paper holds fixed. */
export interface VggArchitecture {
  readonly configuration: VggConfiguration;
  /** Batch normalisation between every convolution and its ReLU; the paper is older than that. */
  readonly batchNorm: boolean;
  /** Factor on every convolution's channels; 1 in the paper. */
  readonly widthMultiplier: number;
  /** Height and width of the input in pixels; 224 in the paper. */
  readonly inputSize: number;
  /** Width of the two hidden fully connected layers; 4096 in the paper. */
  readonly fullyConnected: number;
  /** Classes; 1000 in the paper. */
  readonly classes: number;
}

/** A column at the paper's own sizes. */
export function paperArchitecture(configuration: VggConfiguration, batchNorm = false): VggArchitecture {
  return {
    configuration,
    batchNorm,
    widthMultiplier: 1,
    inputSize: 224,
    fullyConnected: 4096,
    classes: 1000,
  };
}
