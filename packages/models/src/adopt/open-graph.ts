/**
 * Running a graph, as adoption needs it for its check. An interface, because the supervisor imports this package and
 * must not load native code; onnxruntime-graph.ts implements it.
 */

export interface GraphTensor {
  readonly type: 'float32' | 'uint8' | 'int64';
  readonly dims: readonly number[];
  readonly data: Float32Array | Uint8Array | BigInt64Array;
}

export interface OpenedGraph extends AsyncDisposable {
  /** All of the graph's outputs, by name. Throws what the runtime throws. */
  run(inputs: Readonly<Record<string, GraphTensor>>): Promise<Readonly<Record<string, GraphTensor>>>;
}

/** Opens an ONNX file, with its external data beside it. Throws what the runtime throws. */
export type OpenGraph = (path: string) => Promise<OpenedGraph>;
