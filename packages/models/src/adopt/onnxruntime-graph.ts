/** Graphs in ONNX Runtime on the CPU. Loads native code: only the command line and tests import it. */
import { availableParallelism } from 'node:os';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { GraphTensor, OpenGraph } from './open-graph.ts';

export const openGraph: OpenGraph = async (path) => {
  const session = await InferenceSession.create(path, {
    executionProviders: ['cpu'],
    intraOpNumThreads: availableParallelism(),
    interOpNumThreads: 1,
    // Fatal errors only; what goes wrong comes as an exception too, and stderr is the user's.
    logSeverityLevel: 4,
    // Threads that spin between runs would slow down the other graph that is compared, and the decoding of images.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  return {
    async run(inputs) {
      const feeds = Object.entries(inputs).map(([name, { type, data, dims }]) => [
        name,
        new Tensor(type, data as Float32Array, dims),
      ]);
      return (await session.run(Object.fromEntries(feeds))) as unknown as Record<string, GraphTensor>;
    },
    async [Symbol.asyncDispose]() {
      await session.release();
    },
  };
};
