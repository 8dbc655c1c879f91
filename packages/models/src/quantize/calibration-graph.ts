/**
 * The float32 graph with the ranges of its activations as further outputs. The ranges are found inside the graph, so
 * that no activation (13 million numbers an image in VGG-16) ever reaches JavaScript.
 */
import type { OnnxModel } from '../adopt/read-onnx.ts';
import { added, floatOutput, graphNode, int64Tensor } from './graph-parts.ts';
import { makersOf, type QuantisableGraph } from './layers.ts';

/** One in how many numbers of an image is cut off; the first is more than there are. In the order of `clippings`. */
const oneIn = [2 ** 50, 100_000, 10_000, 1_000];

/** Output names of one quantised value. */
export interface RangeOutputs {
  /** [N, 4]: of each image, the ends of `clippings`. */
  readonly high: string;
  /** [N, 1]: the least number; null behind ReLU, where it is 0. */
  readonly low: string | null;
}

/**
 * Adds to the graph, in place, what measures every origin of `quantisable`.
 *
 * @returns the outputs by origin.
 */
export function exposeRanges(
  { graph }: OnnxModel,
  { layers }: QuantisableGraph,
): ReadonlyMap<string, RangeOutputs> {
  const makers = makersOf(graph);
  const exposed = new Map<string, RangeOutputs>();
  graph.initializer.push(
    int64Tensor(`${added}one`, [1]),
    int64Tensor(`${added}one_in`, oneIn),
    int64Tensor(`${added}one_in_least`, oneIn.slice(-1)),
  );
  const node = (
    opType: string,
    inputs: string[],
    outputs: string[],
    attributes: Record<string, number> = {},
  ) => graph.node.push(graphNode(opType, inputs, outputs, attributes));

  for (const { origin } of layers) {
    if (exposed.has(origin)) continue;
    const name = (what: string) => `${added}${origin}.${what}`;
    node('Flatten', [origin], [name('flat')], { axis: 1 });
    node('Shape', [name('flat')], [name('shape')]);
    node('Gather', [name('shape'), `${added}one`], [name('count')]);
    node('Div', [name('count'), `${added}one_in`], [name('ranks')]);
    node('Div', [name('count'), `${added}one_in_least`], [name('rank')]);
    node('Add', [name('rank'), `${added}one`], [name('k')]);
    node('TopK', [name('flat'), name('k')], [name('largest'), name('largest_index')], { axis: 1 });
    node('Gather', [name('largest'), name('ranks')], [name('high')], { axis: 1 });
    graph.output.push(floatOutput(name('high'), 2));
    const rectified = makers.get(origin)?.opType === 'Relu';
    if (!rectified) {
      const least = [name('low'), name('low_index')];
      node('TopK', [name('flat'), `${added}one`], least, { axis: 1, largest: 0 });
      graph.output.push(floatOutput(name('low'), 2));
    }
    exposed.set(origin, { high: name('high'), low: rectified ? null : name('low') });
  }
  return exposed;
}
