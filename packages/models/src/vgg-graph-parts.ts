/** What the parts of a VGG graph share while it is built. */
import type { GraphLayout } from './bundle-schema.ts';
import { type OnnxGraph, onnxTypeNumber } from './onnx-graph.ts';
import type { TensorRole } from './vgg-tensors.ts';

export interface GraphInProgress {
  readonly graph: OnnxGraph;
  /** Of weights and activations. */
  readonly element: 'float32' | 'float16';
  readonly layout: GraphLayout;
  /** Adds a layer's tensor out of the weights file, in this shape of as many numbers; returns its name. */
  readonly tensor: (layer: string, role: TensorRole, shape: readonly number[]) => string;
}

/** A value of the network's element type as another one; itself where it is of that type. */
export function cast(
  { graph, element }: Pick<GraphInProgress, 'graph' | 'element'>,
  name: string,
  value: string,
  to: GraphInProgress['element'],
): string {
  return element === to ? value : graph.node('Cast', name, [value], { to: { int: onnxTypeNumber(to) } });
}
