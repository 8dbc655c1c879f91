/** Graphs with all cores, but without threads that spin between runs and slow the other graph down. */
import { availableParallelism } from 'node:os';
import type { GraphTensor, OpenGraph } from '@labelmill/models/adopt/open-graph';
import { InferenceSession, Tensor } from 'onnxruntime-node';

export const openGraph: OpenGraph = async (path) => {
  const session = await InferenceSession.create(path, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: availableParallelism(),
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  return {
    async run({ image }) {
      if (image === undefined) throw new TypeError('the input is called image');
      const feeds = { image: new Tensor('uint8', image.data as Uint8Array, image.dims) };
      return (await session.run(feeds)) as unknown as Record<string, GraphTensor>;
    },
    async [Symbol.asyncDispose]() {
      await session.release();
    },
  };
};
