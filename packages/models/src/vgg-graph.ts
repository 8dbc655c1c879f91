/**
 * VGG as an ONNX graph of a few kilobytes over a weights file: uint8 pixels in, classes out. The contract of input and
 * outputs is in bundle-schema.ts.
 */
import type { BundleManifest, GraphKind, GraphLayout } from './bundle-schema.ts';
import { type OnnxDimension, OnnxGraph, onnxTypeNumber } from './onnx-graph.ts';
import type { SafetensorsHeader } from './safetensors.ts';
import { addClassifier, featuresName } from './vgg-classifier.ts';
import { addConvolutions } from './vgg-convolutions.ts';
import { cast, type GraphInProgress } from './vgg-graph-parts.ts';
import type { FullyConnectedLayer, VggLayer } from './vgg-layers.ts';
import { bindTensors, rangeOf } from './vgg-tensors.ts';

export interface VggGraphOptions {
  /** For people who open the graph. */
  readonly name: string;
  readonly layers: readonly VggLayer[];
  /** Height and width of the input, but where the kind is `dense`. */
  readonly inputSize: number;
  /** Of the weights file, with torchvision's or timm's tensor names, F32 or F16 as the precision is. */
  readonly weights: SafetensorsHeader;
  /** The weights file's name; it lies in the graph's folder. */
  readonly weightsFile: string;
  /** Of the weights, and of everything between the normalised pixels and the last layer, which is float32. */
  readonly precision: 'fp32' | 'fp16';
  /** Of pixels scaled to 0…1. */
  readonly normalisation: BundleManifest['normalisation'];
  readonly kind: GraphKind;
  /** `nhwc` needs layers without batch norm, and runs on CUDA only. */
  readonly layout: GraphLayout;
  /** Labels per image; a dense graph ranks all classes. */
  readonly k: number;
  /** Fixed batch size, or null for any. */
  readonly batch: number | null;
}

/**
 * The graph's bytes. Deterministic.
 *
 * @throws UsageError as `bindTensors` does where the weights do not fit the layers.
 */
export function buildVggGraph(options: VggGraphOptions): Uint8Array {
  const { name, layers, weights, weightsFile, precision, kind, layout, inputSize } = options;
  const ranges = bindTensors(layers, weights, precision === 'fp32' ? 'F32' : 'F16');
  const graph = new OnnxGraph();
  const element = precision === 'fp32' ? 'float32' : 'float16';
  const parts: GraphInProgress = {
    graph,
    element,
    layout,
    tensor: (layer, role, shape) =>
      graph.external(`${layer}.${role}`, element, shape, {
        file: weightsFile,
        ...rangeOf(ranges, layer, role),
      }),
  };
  const classifier = fullyConnected(layers);
  const k = kind === 'dense' ? classifier[2].outputs : options.k;
  const batch: OnnxDimension = options.batch ?? 'N';
  const sides: OnnxDimension[] = kind === 'dense' ? ['H', 'W'] : [inputSize, inputSize];

  const image = graph.input('image', 'uint8', [batch, ...sides, 3]);
  const pixels = addNormalisation(parts, image, options.normalisation);
  const maps = addConvolutions(parts, layers, pixels);
  const logits = addClassifier(parts, classifier, maps, kind === 'dense');
  const probabilities = graph.node('Softmax', 'softmax', [logits], { axis: { int: 1 } });
  const count = graph.constant('k', [1], BigInt64Array.of(BigInt(k)));
  graph.nodes('TopK', 'top_k', [probabilities, count], ['score', 'index'], { axis: { int: 1 } });
  graph.output('score', 'float32', [batch, k]);
  graph.output('index', 'int64', [batch, k]);
  if (kind === 'features') graph.output(featuresName, element, [batch, classifier[1].outputs]);
  return graph.serialise(name);
}

/**
 * (pixel / 255 − mean) / std per channel, as (pixel − 255·mean) / (255·std), in float32: 255·mean has no exact float16.
 * Bytes are turned to planes while they are small.
 */
function addNormalisation(
  { graph, element, layout }: GraphInProgress,
  image: string,
  { mean, std }: BundleManifest['normalisation'],
): string {
  const planes =
    layout === 'nhwc' ? image : graph.node('Transpose', 'planes', [image], { perm: { ints: [0, 3, 1, 2] } });
  const shape = layout === 'nhwc' ? [1, 1, 1, 3] : [1, 3, 1, 1];
  const perChannel = (name: string, values: readonly number[]) =>
    graph.constant(
      name,
      shape,
      Float32Array.from(values, (value) => 255 * value),
    );
  const pixels = graph.node('Cast', 'pixels', [planes], { to: { int: onnxTypeNumber('float32') } });
  const centred = graph.node('Sub', 'centred', [pixels, perChannel('mean', mean)]);
  const normalised = graph.node('Div', 'normalised', [centred, perChannel('std', std)]);
  return cast({ graph, element: 'float32' }, 'normalised.float16', normalised, element);
}

function fullyConnected(
  layers: readonly VggLayer[],
): readonly [FullyConnectedLayer, FullyConnectedLayer, FullyConnectedLayer] {
  const [fc6, fc7, fc8] = layers.filter((layer) => layer.kind === 'fc');
  if (fc6 === undefined || fc7 === undefined || fc8 === undefined) {
    throw new TypeError('VGG has three fully connected layers');
  }
  return [fc6, fc7, fc8];
}
