/** MXNet's exporter, whose files the model zoo has, writes an attribute that ONNX Runtime takes at its word. */
import type { GraphProto } from 'onnx-buf';

/**
 * Strips `spatial=0` from BatchNormalization where the scale has one number per channel: the attribute says that there
 * would be one per pixel, and ONNX Runtime then refuses the file ("Invalid input scale").
 *
 * @returns how many nodes were changed.
 */
export function stripSpatial(graph: GraphProto): number {
  const ranks = new Map(graph.initializer.map(({ name, dims }) => [name, dims.length]));
  let stripped = 0;
  for (const node of graph.node) {
    const perChannel = node.opType === 'BatchNormalization' && ranks.get(node.input[1] ?? '') === 1;
    if (!perChannel || !node.attribute.some(({ name, i }) => name === 'spatial' && i === 0n)) continue;
    node.attribute = node.attribute.filter(({ name }) => name !== 'spatial');
    stripped++;
  }
  return stripped;
}
