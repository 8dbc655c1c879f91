/**
 * VGG as an ONNX graph of a few kilobytes over a weights file: uint8 pixels in, the best k classes out. The contract of
 * input and outputs is in bundle-schema.ts.
 */
import type { BundleManifest } from './bundle-schema.ts';
import { OnnxGraph, onnxTypeNumber } from './onnx-graph.ts';
import type { SafetensorsHeader, TensorRange } from './safetensors.ts';
import { type VggLayer, vggLayers } from './vgg-layers.ts';
import type { VggArchitecture } from './vgg-table.ts';
import { bindTensors, type LayerRanges } from './vgg-tensors.ts';

export interface VggGraphOptions {
  readonly architecture: VggArchitecture;
  /** Of the weights file, with torchvision's or timm's tensor names. */
  readonly weights: SafetensorsHeader;
  /** The weights file's name; it lies in the graph's folder. */
  readonly weightsFile: string;
  /** Of pixels scaled to 0…1. */
  readonly normalisation: BundleManifest['normalisation'];
  /** Labels per image. */
  readonly k: number;
  /** Fixed batch size, or null for any. */
  readonly batch: number | null;
}

/**
 * The graph's bytes. Deterministic.
 *
 * @throws UsageError as `bindTensors` does where the weights do not fit the architecture.
 */
export function buildVggGraph(options: VggGraphOptions): Uint8Array {
  const { architecture, weights, weightsFile, normalisation, k } = options;
  const layers = vggLayers(architecture);
  const ranges = bindTensors(layers, weights);
  const batch = options.batch ?? 'N';
  const { inputSize } = architecture;
  const graph = new OnnxGraph();

  const image = graph.input('image', 'uint8', [batch, inputSize, inputSize, 3]);
  let value = normalisedPlanes(graph, image, normalisation);
  for (const layer of layers) {
    value = addLayer(graph, layer, value, (shape, role) =>
      graph.external(`${layer.name}.${role}`, shape, { file: weightsFile, ...rangeOf(ranges, layer, role) }),
    );
  }
  const probabilities = graph.node('Softmax', 'softmax', [value], { axis: { int: 1 } });
  const count = graph.constant('k', [1], BigInt64Array.of(BigInt(k)));
  graph.nodes('TopK', 'top_k', [probabilities, count], ['score', 'index'], { axis: { int: 1 } });
  graph.output('score', 'float32', [batch, k]);
  graph.output('index', 'int64', [batch, k]);
  return graph.serialise(`vgg-${architecture.configuration}`);
}

/** (pixel / 255 − mean) / std per channel, as (pixel − 255·mean) / (255·std); bytes are turned to planes while small. */
function normalisedPlanes(
  graph: OnnxGraph,
  image: string,
  { mean, std }: BundleManifest['normalisation'],
): string {
  const perChannel = (values: readonly number[]) => Float32Array.from(values, (value) => 255 * value);
  const planes = graph.node('Transpose', 'planes', [image], { perm: { ints: [0, 3, 1, 2] } });
  const pixels = graph.node('Cast', 'pixels', [planes], { to: { int: onnxTypeNumber('float32') } });
  const centred = graph.node('Sub', 'centred', [
    pixels,
    graph.constant('mean', [1, 3, 1, 1], perChannel(mean)),
  ]);
  return graph.node('Div', 'normalised', [centred, graph.constant('std', [1, 3, 1, 1], perChannel(std))]);
}

type TensorAdder = (shape: readonly number[], role: keyof LayerRanges) => string;

function addLayer(graph: OnnxGraph, layer: VggLayer, input: string, tensor: TensorAdder): string {
  switch (layer.kind) {
    case 'conv': {
      const { name, kernel, outputs } = layer;
      const weight = tensor([outputs, layer.inputs, kernel, kernel], 'weight');
      const pad = (kernel - 1) / 2;
      const convolved = graph.node('Conv', name, [input, weight, tensor([outputs], 'bias')], {
        kernel_shape: { ints: [kernel, kernel] },
        pads: { ints: [pad, pad, pad, pad] },
        strides: { ints: [1, 1] },
      });
      return graph.node('Relu', `${name}.relu`, [convolved]);
    }
    case 'lrn':
      // AlexNet's n = 5, k = 2, α = 1e-4, β = 0.75 over the plain sum of squares; ONNX divides alpha by the size.
      return graph.node('LRN', layer.name, [input], {
        size: { int: 5 },
        bias: { float: 2 },
        alpha: { float: 5e-4 },
        beta: { float: 0.75 },
      });
    case 'pool':
      return graph.node('MaxPool', layer.name, [input], {
        kernel_shape: { ints: [2, 2] },
        strides: { ints: [2, 2] },
      });
    case 'fc': {
      const { name, inputs, outputs } = layer;
      const flat = name === 'fc6' ? graph.node('Flatten', 'flat', [input], { axis: { int: 1 } }) : input;
      const weight = tensor([outputs, inputs], 'weight');
      const logits = graph.node('Gemm', name, [flat, weight, tensor([outputs], 'bias')], {
        transB: { int: 1 },
      });
      return name === 'fc8' ? logits : graph.node('Relu', `${name}.relu`, [logits]);
    }
  }
}

function rangeOf(
  ranges: ReadonlyMap<string, LayerRanges>,
  layer: VggLayer,
  role: keyof LayerRanges,
): TensorRange {
  const range = ranges.get(layer.name)?.[role];
  if (range === undefined) throw new TypeError(`${layer.name} has no ${role}`);
  return range;
}
