/** The fully connected part of a VGG graph: over one crop, or as convolutions over a whole image. */
import { cast, type GraphInProgress } from './vgg-graph-parts.ts';
import type { FullyConnectedLayer } from './vgg-layers.ts';

/** The second layer's outputs behind its ReLU have this name in every graph. */
export const featuresName = 'features';

/**
 * Adds fc6, fc7 and fc8 over the last maps, [N, C, H, W].
 *
 * Dense is section 3.2 of the paper: "the fully-connected layers are first converted to convolutional layers (the first
 * FC layer to a 7 × 7 conv. layer, the last two FC layers to 1 × 1 conv. layers)" over the same bytes, which only get
 * other dimensions; the result is "a class score map", which is "spatially averaged". The map holds fc8's outputs, so
 * that is what is averaged; the softmax comes after it, because what the paper averages next are "the soft-max class
 * posteriors of the original and flipped images".
 *
 * The last layer is float32 in every precision, over weights that are float16 on disk: a softmax makes of an absolute
 * error of its inputs a relative one of its scores, and where sums are kept in float16, as on the CPU, that is 2 to 3 %.
 *
 * @returns the name of the outputs before the softmax, float32 [N, classes].
 */
export function addClassifier(
  parts: GraphInProgress,
  [fc6, fc7, fc8]: readonly [FullyConnectedLayer, FullyConnectedLayer, FullyConnectedLayer],
  maps: string,
  dense: boolean,
): string {
  const { graph } = parts;
  const flat = (value: string) => graph.node('Flatten', 'flat', [value], { axis: { int: 1 } });
  const add = dense ? addConvolution : addProduct;
  const first = graph.node('Relu', 'fc6.relu', [add(parts, fc6, dense ? maps : flat(maps))]);
  const second = graph.node('Relu', featuresName, [add(parts, fc7, first)]);
  const scores = add(inFloat32(parts), fc8, cast(parts, `${fc8.name}.input`, second, 'float32'));
  return dense ? flat(graph.node('GlobalAveragePool', 'average', [scores])) : scores;
}

/** The same graph, with tensors turned to float32 when it is loaded. */
function inFloat32(parts: GraphInProgress): GraphInProgress {
  return {
    ...parts,
    element: 'float32',
    tensor: (layer, role, shape) =>
      cast(parts, `${layer}.${role}.float32`, parts.tensor(layer, role, shape), 'float32'),
  };
}

function addProduct(
  { graph, tensor }: GraphInProgress,
  { name, inputs, outputs }: FullyConnectedLayer,
  input: string,
): string {
  const weight = tensor(name, 'weight', [outputs, inputs]);
  return graph.node('Gemm', name, [input, weight, tensor(name, 'bias', [outputs])], { transB: { int: 1 } });
}

/** The weight [out, C·H·W] read as [out, C, H, W]: C order makes the two the same bytes. */
function addConvolution(
  { graph, tensor }: GraphInProgress,
  { name, inputShape, outputs }: FullyConnectedLayer,
  input: string,
): string {
  const [channels, height, width] = inputShape;
  const weight = tensor(name, 'weight', [outputs, channels, height, width]);
  return graph.node('Conv', name, [input, weight, tensor(name, 'bias', [outputs])], {
    kernel_shape: { ints: [height, width] },
  });
}
