/**
 * Preloaded into an engine (NODE_OPTIONS): inference of more than LITTLE_MEMORY images fails as ONNX Runtime fails when
 * memory does not suffice. The first LITTLE_MEMORY_AFTER calls of a session go well: after one, which is the warm-up, it
 * strikes with images inside.
 */
import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';

if (!isMainThread) {
  const worker = createRequire(new URL('../../packages/worker/package.json', import.meta.url));
  const { InferenceSession } = worker('onnxruntime-node') as {
    InferenceSession: {
      prototype: { run: (feeds: { image: { dims: number[] } }, fetches: string[]) => Promise<unknown> };
    };
  };
  const { run } = InferenceSession.prototype;
  let calls = 0;
  InferenceSession.prototype.run = async function (feeds, fetches) {
    if (
      calls++ >= Number(process.env.LITTLE_MEMORY_AFTER) &&
      feeds.image.dims[0]! > Number(process.env.LITTLE_MEMORY)
    ) {
      throw new Error(
        "Non-zero status code returned while running Conv node. Name:'conv1_1' Status Message: bfc_arena.cc:359 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool, onnxruntime::Stream*) Failed to allocate memory for requested buffer of size 5242880000",
      );
    }
    return run.call(this, feeds, fetches);
  };
}
