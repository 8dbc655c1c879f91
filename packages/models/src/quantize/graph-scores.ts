/** Runs the graphs that quantising compares: pixels in, scores of all classes out. */
import type { GraphTensor, OpenedGraph } from '../adopt/open-graph.ts';
import type { ImageBatch } from './image-batches.ts';

/** The float32 numbers of each output that is asked for. */
export async function runBatch(
  graph: OpenedGraph,
  { count, pixels }: ImageBatch,
  crop: number,
  outputs: readonly string[],
): Promise<Float32Array[]> {
  const image: GraphTensor = { type: 'uint8', data: pixels, dims: [count, crop, crop, 3] };
  const results = await graph.run({ image });
  return outputs.map((name) => {
    const tensor = results[name];
    if (tensor?.type !== 'float32') throw new TypeError(`the graph gives no float32 ${name}`);
    return tensor.data as Float32Array;
  });
}
