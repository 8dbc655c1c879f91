/** The float32 graph that is quantised: read once, and copied for each graph that is made of it. */
import { join } from 'node:path';
import { UsageError } from '@labelmill/shared/errors';
import { type OnnxModel, readOnnx } from '../adopt/read-onnx.ts';
import type { Bundle } from '../bundle-schema.ts';
import { labelsGraph } from '../labels-graph.ts';
import { type QuantisableGraph, quantisableGraph } from './layers.ts';

export interface SourceGraph {
  /** Its weights lie in the same folder. */
  readonly path: string;
  readonly quantisable: QuantisableGraph;
  /** The model as it was read, with lists of its own to be changed; nodes and tensors are shared, and stay as they are. */
  copy(): OnnxModel;
}

/** @throws UsageError `unquantisable`: not fp32, no graph for any batch size, or as `quantisableGraph`. */
export async function readSourceGraph({ name, folder, manifest }: Bundle): Promise<SourceGraph> {
  const refused = (reason: string) =>
    new UsageError('unquantisable', `${name} cannot be quantised: ${reason}`);
  const { precision } = manifest;
  if (precision !== 'fp32') throw refused(`it is ${precision}; name the fp32 bundle`);
  const graph = labelsGraph(manifest);
  if (graph === undefined) throw refused('it has no graph for any batch size');
  const path = join(folder, graph.file);
  const model = await readOnnx(path);
  const quantisable = quantisableOf(model, refused);
  return {
    path,
    quantisable,
    copy: () => ({
      ...model,
      graph: {
        ...model.graph,
        node: [...model.graph.node],
        initializer: [...model.graph.initializer],
        output: [...model.graph.output],
      },
    }),
  };
}

function quantisableOf(model: OnnxModel, refused: (reason: string) => UsageError): QuantisableGraph {
  try {
    return quantisableGraph(model);
  } catch (error) {
    throw error instanceof UsageError ? refused(error.message) : error;
  }
}
