/** What the parts of a VGG graph share while it is built. */
import type { GraphLayout } from './bundle-schema.ts';
import type { OnnxGraph } from './onnx-graph.ts';
import type { TensorRole } from './vgg-tensors.ts';

export interface GraphInProgress {
  readonly graph: OnnxGraph;
  /** Of weights and activations. */
  readonly element: 'float32' | 'float16';
  readonly layout: GraphLayout;
  /** Adds a layer's tensor out of the weights file, in this shape of as many numbers; returns its name. */
  readonly tensor: (layer: string, role: TensorRole, shape: readonly number[]) => string;
}
