/** From a column of the paper's table to its layers, with shapes and costs. Pure arithmetic; needs no weights. */
import { UsageError } from '@labelmill/shared/errors';
import { type TableCell, type VggArchitecture, vggTable } from './vgg-table.ts';

interface LayerCosts {
  /** Named as in the authors' Caffe models: conv1_1, pool1, fc6, fc7, fc8; bn1_1 is conv1_1's. */
  readonly name: string;
  /** [channels, height, width], or [features] behind the fully connected layers. */
  readonly outputShape: readonly number[];
  /** Trained numbers; a batch norm's running mean and variance are none. */
  readonly parameters: number;
  /** Multiply-accumulates for one image; only convolutions and fully connected layers count, biases do not. */
  readonly macs: number;
  /** Side in pixels of the square of the input that one output value sees. */
  readonly receptiveField: number;
}

export interface ConvLayer extends LayerCosts {
  readonly kind: 'conv';
  readonly kernel: number;
  readonly inputs: number;
  readonly outputs: number;
  /** Its N in torchvision's `features.N`. */
  readonly featureIndex: number;
}

/** Batch normalisation in inference: (x − running mean) / √(running variance + 1e-5) · weight + bias, per channel. */
export interface BatchNormLayer extends LayerCosts {
  readonly kind: 'batchnorm';
  readonly channels: number;
  /** Its N in torchvision's `features.N`: its convolution's plus 1. */
  readonly featureIndex: number;
}

/** torchvision's and PyTorch's default, which every published VGG was trained with. */
export const batchNormEpsilon = 1e-5;

export interface LrnLayer extends LayerCosts {
  readonly kind: 'lrn';
}

export interface PoolLayer extends LayerCosts {
  readonly kind: 'pool';
  readonly kernel: 2;
}

export interface FullyConnectedLayer extends LayerCosts {
  readonly kind: 'fc';
  readonly inputs: number;
  readonly outputs: number;
  /** [channels, height, width] of its input where that is still an image (fc6), else [inputs, 1, 1]. */
  readonly inputShape: readonly [number, number, number];
}

export type VggLayer = ConvLayer | BatchNormLayer | LrnLayer | PoolLayer | FullyConnectedLayer;

/**
 * The layers in order. ReLU (behind every conv and the first two FC layers) and the softmax are understood, dropout is
 * only for training.
 *
 * `featureIndex` counts like torchvision's Sequential: conv, batch norm, ReLU and pooling one each. LRN, which torchvision does
 * not have, takes no number, so that A and A-LRN share one layout of weights.
 *
 * @throws UsageError `bad_architecture` where a size is not a positive whole number, or the five poolings leave nothing.
 */
export function vggLayers(architecture: VggArchitecture): readonly VggLayer[] {
  const { configuration, batchNorm, widthMultiplier, inputSize, fullyConnected, classes } = architecture;
  for (const [what, size] of Object.entries({ inputSize, fullyConnected, classes })) requireWhole(what, size);
  const layers: VggLayer[] = [];
  let channels = 3;
  let side = inputSize;
  let featureIndex = 0;
  let receptiveField = 1;
  /** Distance in input pixels between neighbouring values of the current map. */
  let stride = 1;

  vggTable[configuration].forEach((cells, block) => {
    const counts = { conv: 0 };
    for (const cell of cells) {
      if (cell === 'LRN') {
        const outputShape = [channels, side, side];
        layers.push({
          kind: 'lrn',
          name: `lrn${block + 1}`,
          outputShape,
          parameters: 0,
          macs: 0,
          receptiveField,
        });
        continue;
      }
      const { kernel, outputs } = convolution(cell, widthMultiplier);
      counts.conv++;
      receptiveField += (kernel - 1) * stride;
      layers.push({
        kind: 'conv',
        name: `conv${block + 1}_${counts.conv}`,
        kernel,
        inputs: channels,
        outputs,
        featureIndex,
        outputShape: [outputs, side, side],
        parameters: kernel * kernel * channels * outputs + outputs,
        macs: kernel * kernel * channels * outputs * side * side,
        receptiveField,
      });
      channels = outputs;
      featureIndex += 1;
      if (batchNorm) {
        layers.push({
          kind: 'batchnorm',
          name: `bn${block + 1}_${counts.conv}`,
          channels,
          featureIndex,
          outputShape: [channels, side, side],
          parameters: 2 * channels,
          macs: 0,
          receptiveField,
        });
        featureIndex += 1;
      }
      featureIndex += 1;
    }
    side = Math.floor(side / 2);
    receptiveField += stride;
    stride *= 2;
    featureIndex += 1;
    const outputShape = [channels, side, side];
    const name = `pool${block + 1}`;
    layers.push({ kind: 'pool', kernel: 2, name, outputShape, parameters: 0, macs: 0, receptiveField });
  });
  if (side === 0)
    throw new UsageError('bad_architecture', `inputSize ${inputSize} is too small: VGG halves it five times`);

  let inputShape: readonly [number, number, number] = [channels, side, side];
  [fullyConnected, fullyConnected, classes].forEach((outputs, place) => {
    const inputs = inputShape[0] * inputShape[1] * inputShape[2];
    layers.push({
      kind: 'fc',
      name: `fc${6 + place}`,
      inputs,
      outputs,
      inputShape,
      outputShape: [outputs],
      parameters: inputs * outputs + outputs,
      macs: inputs * outputs,
      receptiveField: inputSize,
    });
    inputShape = [outputs, 1, 1];
  });
  return layers;
}

/**
 * The same network once its batch norms are folded into the convolutions before them (fold-batch-norm.ts). The
 * convolutions keep their names.
 */
export function withoutBatchNorm(layers: readonly VggLayer[]): readonly VggLayer[] {
  return layers.filter(({ kind }) => kind !== 'batchnorm');
}

function convolution(
  cell: Exclude<TableCell, 'LRN'>,
  widthMultiplier: number,
): { kernel: number; outputs: number } {
  const [kernel, channels] = cell.slice('conv'.length).split('-').map(Number) as [number, number];
  const outputs = channels * widthMultiplier;
  requireWhole(`${cell} × ${widthMultiplier}`, outputs);
  return { kernel, outputs };
}

function requireWhole(what: string, size: number): void {
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new UsageError('bad_architecture', `${what} is ${size}, not a positive whole number`);
  }
}
