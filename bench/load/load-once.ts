/** Loads one graph in this process, as the engine does, runs one black image, and prints how long that took as JSON. */
import { InferenceSession, Tensor } from 'onnxruntime-node';

const [, , path = ''] = process.argv;
const start = performance.now();
const session = await InferenceSession.create(path, {
  executionProviders: ['cpu'],
  graphOptimizationLevel: 'all',
  executionMode: 'sequential',
  interOpNumThreads: 1,
  extra: { session: { intra_op: { allow_spinning: '0' } } },
});
const created = performance.now();
await session.run({ image: new Tensor('uint8', new Uint8Array(224 * 224 * 3), [1, 224, 224, 3]) });
console.log(JSON.stringify({ createMs: created - start, readyMs: performance.now() - start }));
