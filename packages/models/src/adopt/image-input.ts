/** Finds the input of a foreign classifier that takes the image. */
import { UsageError } from '@labelmill/shared/errors';
import { TensorProto_DataType as DataType, type GraphProto } from 'onnx-buf';
import { shapeTitle, type ValueShape, valueShape } from './value-shape.ts';

export interface ImageInput {
  readonly name: string;
  readonly type: 'float32' | 'uint8';
  readonly layout: 'NCHW' | 'NHWC';
  /** Height and width in pixels. */
  readonly size: number;
  /** The batch size that the graph was exported for, or null for any. */
  readonly batch: number | null;
}

const types: ReadonlyMap<DataType, ImageInput['type']> = new Map([
  [DataType.FLOAT, 'float32'],
  [DataType.UINT8, 'uint8'],
]);

/** Bound what the check allocates for a file that may say anything. */
const maxSize = 2048;
const maxBatch = 64;
/** Of a batch: 50 MB as bytes, 200 MB as the float32 that the graph is fed. */
const maxPixels = 2 ** 24;

/**
 * @param size in pixels, for a graph that leaves it open.
 * @throws UsageError `no_image_input`, `unsupported_input_type`, `unsupported_input_shape`, `dynamic_image_size`,
 * `image_size` where `size` contradicts the graph.
 */
export function findImageInput(graph: GraphProto, size: number | undefined): ImageInput {
  // Before IR version 4 every initializer is listed as an input too.
  const constants = new Set(graph.initializer.map(({ name }) => name));
  const inputs = graph.input.map(valueShape).filter(({ name }) => !constants.has(name));
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) {
    const there = inputs.map(shapeTitle).join('; ') || 'none';
    throw new UsageError('no_image_input', `one input must take the image; there is: ${there}`);
  }
  const type = types.get(input.type);
  if (type === undefined) {
    throw new UsageError('unsupported_input_type', `input ${shapeTitle(input)} is neither FLOAT nor UINT8`);
  }
  const { layout, height, width, batch } = sidesOf(input);
  const side = squareSide(input, height, width, size);
  if ((batch ?? 1) * side ** 2 > maxPixels) {
    const wanted = `${maxPixels} pixels at once; export it for a smaller batch`;
    throw new UsageError('unsupported_input_shape', `input ${shapeTitle(input)} takes more than ${wanted}`);
  }
  return { name: input.name, type, layout, batch, size: side };
}

function sidesOf(input: ValueShape) {
  const [batch, second, third, fourth] = input.dims ?? [];
  if (input.dims?.length === 4 && (batch ?? 1) <= maxBatch) {
    const sides = { batch: batch ?? null };
    if (second === 3 && fourth !== 3)
      return { ...sides, layout: 'NCHW' as const, height: third, width: fourth };
    if (fourth === 3 && second !== 3)
      return { ...sides, layout: 'NHWC' as const, height: second, width: third };
  }
  const wanted = `[N, 3, H, W] or [N, H, W, 3], N at most ${maxBatch}`;
  throw new UsageError('unsupported_input_shape', `input ${shapeTitle(input)} is no RGB image ${wanted}`);
}

function squareSide(
  input: ValueShape,
  height: number | null | undefined,
  width: number | null | undefined,
  size: number | undefined,
): number {
  if (size === undefined && (!height || !width)) {
    throw new UsageError(
      'dynamic_image_size',
      `input ${shapeTitle(input)} leaves the image's size open: give one`,
    );
  }
  const [high, wide] = [height ?? size, width ?? size];
  if (high === undefined || high !== wide || high > maxSize) {
    const wanted = `a square of at most ${maxSize} pixels a side`;
    throw new UsageError('unsupported_input_shape', `input ${shapeTitle(input)} takes no ${wanted}`);
  }
  if (size !== undefined && size !== high) {
    throw new UsageError('image_size', `input ${shapeTitle(input)} is ${high} pixels a side, not ${size}`);
  }
  return high;
}
