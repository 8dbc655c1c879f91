/** Decides how a foreign classifier is adopted, from its graph and what the user said. */
import { UsageError } from '@labelmill/shared/errors';
import { TensorProto_DataType as DataType } from 'onnx-buf';
import type { BundleManifest, Preprocessing } from '../bundle-schema.ts';
import { imagenetNormalisation } from '../vgg-bundle.ts';
import { stripSpatial } from './batch-norm-spatial.ts';
import { type ClassOutput, findClassOutput } from './class-output.ts';
import { findImageInput, type ImageInput } from './image-input.ts';
import type { OnnxModel } from './read-onnx.ts';
import { requireAdoptable } from './require-adoptable.ts';
import type { Channels, Wrapping } from './wrap-graph.ts';

export interface AdoptionChoices {
  /** Classes in index order. */
  readonly classes: BundleManifest['classes'];
  /** Side of the image in pixels, for a graph that leaves it open. */
  readonly size?: number;
  /** The shorter side is resized to this first. Default: size · 256 / 224, the usual share. */
  readonly resize?: number;
  /** Of pixels scaled to 0…1, in the order R, G, B. Default for float inputs: ImageNet's; a uint8 input takes none. */
  readonly normalisation?: BundleManifest['normalisation'];
  /** Default `rgb`. */
  readonly channels?: Channels;
  /** Added behind the graph. Default: none where it ends in Softmax or Sigmoid, else softmax. */
  readonly activation?: BundleManifest['activation'];
  /** The output with the classes, where it could be several. */
  readonly output?: string;
}

export interface Adoption {
  readonly wrapping: Wrapping;
  readonly precision: BundleManifest['precision'];
  readonly preprocessing: Preprocessing;
  readonly classes: BundleManifest['classes'];
  /** What was found and decided, for people. */
  readonly notes: readonly string[];
}

/** From here on, ONNX Runtime 1.29 has no CUDA kernel for MaxPool. */
const cpuOnlyPoolOpset = 22;
/** As for other bundles. */
const maxLabels = 10;

/**
 * Keeps nothing of the model.
 *
 * @throws UsageError as `requireAdoptable`, `findImageInput` and `findClassOutput` do; `class_count`, `bad_resize`,
 * `activated_twice`, `normalised_bytes`.
 */
export function planAdoption(model: OnnxModel, choices: AdoptionChoices): Adoption {
  const { graph } = model;
  const opset = requireAdoptable(model);
  const input = findImageInput(graph, choices.size);
  const output = findClassOutput(graph, choices.output);
  const { classes, resize = Math.round((input.size * 256) / 224), channels = 'rgb' } = choices;
  if (classes.length !== output.classes) {
    const counts = `output ${output.name} has ${output.classes} classes, and there are ${classes.length} labels`;
    throw new UsageError('class_count', `${counts}: give a file with a label for each`);
  }
  if (!Number.isInteger(resize) || resize < input.size) {
    throw new UsageError('bad_resize', `images cannot be resized to ${resize} and cut to ${input.size}`);
  }
  const activation = activationOf(output, choices.activation);
  const normalisation = normalisationOf(input, choices.normalisation);
  const spatial = stripSpatial(graph);
  const cpuOnly = opset >= cpuOnlyPoolOpset && graph.node.some(({ opType }) => opType === 'MaxPool');
  return {
    wrapping: {
      opset,
      input,
      output,
      channels,
      normalisation,
      activation,
      k: Math.min(maxLabels, classes.length),
    },
    precision: precisionOf(model),
    preprocessing: { resize, crop: input.size, kernel: 'bilinear', colour: 1 },
    classes,
    notes: [
      `opset ${opset}`,
      `input ${input.name} ${input.type} ${input.layout} ${channels.toUpperCase()}`,
      `output ${output.name}, ${activation === 'none' ? 'as it is' : `${activation} added`}`,
      ...(input.batch === null ? [] : [`batch of ${input.batch} made free`]),
      ...(spatial === 0 ? [] : [`spatial=0 stripped from ${spatial} BatchNormalization`]),
      ...(cpuOnly ? [`for CPUs only: no CUDA kernel pools at opset ${opset}`] : []),
    ],
  };
}

function activationOf(
  output: ClassOutput,
  chosen: BundleManifest['activation'] | undefined,
): BundleManifest['activation'] {
  if (chosen === undefined) return output.activation === null ? 'softmax' : 'none';
  if (chosen !== 'none' && output.activation !== null) {
    throw new UsageError(
      'activated_twice',
      `output ${output.name} is a ${output.activation} already: add none`,
    );
  }
  return chosen;
}

/** With these, pixels stay the bytes that they are. */
const bytesAsTheyAre: BundleManifest['normalisation'] = {
  mean: [0, 0, 0],
  std: [1 / 255, 1 / 255, 1 / 255],
};

function normalisationOf(
  input: ImageInput,
  chosen: BundleManifest['normalisation'] | undefined,
): BundleManifest['normalisation'] {
  if (input.type === 'float32') return chosen ?? imagenetNormalisation;
  if (chosen === undefined) return bytesAsTheyAre;
  throw new UsageError(
    'normalised_bytes',
    `input ${input.name} takes bytes as they are: give no mean, std or scale`,
  );
}

function precisionOf({ graph }: OnnxModel): BundleManifest['precision'] {
  if (graph.node.some(({ opType }) => /QuantizeLinear$|^QLinear|Integer$/.test(opType))) return 'int8';
  const count = (type: DataType) => graph.initializer.filter(({ dataType }) => dataType === type).length;
  return count(DataType.FLOAT16) > count(DataType.FLOAT) ? 'fp16' : 'fp32';
}
