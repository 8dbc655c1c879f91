/** The convolutional part of a VGG graph: normalised pixels to the last pooling's maps, in either layout. */
import type { OnnxAttribute, OnnxOperator } from './onnx-graph.ts';
import type { GraphInProgress } from './vgg-graph-parts.ts';
import { batchNormEpsilon, type VggLayer } from './vgg-layers.ts';

/**
 * ONNX Runtime's own domain for operators over NHWC, which its layout transformer writes and its CUDA provider runs;
 * weights stay [out, in, h, w]. Undocumented: it holds for the pinned version.
 */
const nhwcDomain = 'com.ms.internal.nhwc';

/**
 * Adds all layers but the fully connected ones.
 *
 * @param pixels [N, 3, H, W], or [N, H, W, 3] where the layout is `nhwc`.
 * @returns the name of the last maps, [N, C, H/32, W/32] in both layouts.
 */
export function addConvolutions(parts: GraphInProgress, layers: readonly VggLayer[], pixels: string): string {
  const { graph, layout } = parts;
  const maps = layers
    .filter((layer) => layer.kind !== 'fc')
    .reduce((value, layer, place, all) => {
      const added = addLayer(parts, layer, value);
      const rectified =
        layer.kind === 'batchnorm' || (layer.kind === 'conv' && !normalisedBy(all[place + 1]));
      return rectified ? graph.node('Relu', `${added}.relu`, [added]) : added;
    }, pixels);
  return layout === 'nhwc' ? toPlanes(parts, 'maps', maps) : maps;
}

function normalisedBy(next: VggLayer | undefined): boolean {
  return next?.kind === 'batchnorm';
}

function addLayer(parts: GraphInProgress, layer: Exclude<VggLayer, { kind: 'fc' }>, input: string): string {
  const { graph, layout, tensor } = parts;
  const { name } = layer;
  switch (layer.kind) {
    case 'conv': {
      const { kernel, inputs, outputs } = layer;
      const weight = tensor(name, 'weight', [outputs, inputs, kernel, kernel]);
      const pad = (kernel - 1) / 2;
      return graph.node(inLayout(parts, 'Conv'), name, [input, weight, tensor(name, 'bias', [outputs])], {
        ...square(kernel, 1),
        pads: { ints: [pad, pad, pad, pad] },
      });
    }
    case 'batchnorm': {
      if (layout === 'nhwc') throw new TypeError('fold the batch norm before laying out as NHWC');
      const roles = ['weight', 'bias', 'running_mean', 'running_var'] as const;
      const tensors = roles.map((role) => tensor(name, role, [layer.channels]));
      return graph.node('BatchNormalization', name, [input, ...tensors], {
        epsilon: { float: batchNormEpsilon },
      });
    }
    case 'lrn': {
      if (layout === 'nchw') return addLrn(parts, name, input);
      const normalised = addLrn(parts, name, toPlanes(parts, `${name}.planes`, input));
      return graph.node('Transpose', `${name}.pixels`, [normalised], { perm: { ints: [0, 2, 3, 1] } });
    }
    case 'pool':
      return graph.node(inLayout(parts, 'MaxPool'), name, [input], square(2, 2));
  }
}

/** AlexNet's n = 5, k = 2, α = 1e-4, β = 0.75 over the plain sum of squares; ONNX divides alpha by the size. */
function addLrn({ graph }: GraphInProgress, name: string, planes: string): string {
  return graph.node('LRN', name, [planes], {
    size: { int: 5 },
    bias: { float: 2 },
    alpha: { float: 5e-4 },
    beta: { float: 0.75 },
  });
}

function toPlanes({ graph }: GraphInProgress, name: string, pixels: string): string {
  return graph.node('Transpose', name, [pixels], { perm: { ints: [0, 3, 1, 2] } });
}

function inLayout({ layout }: GraphInProgress, type: string): OnnxOperator {
  return layout === 'nhwc' ? { type, domain: nhwcDomain } : type;
}

function square(kernel: number, stride: number): Record<string, OnnxAttribute> {
  return { kernel_shape: { ints: [kernel, kernel] }, strides: { ints: [stride, stride] } };
}
