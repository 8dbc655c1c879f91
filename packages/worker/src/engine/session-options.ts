import type { InferenceSession } from 'onnxruntime-node';
import type { Provider } from './protocol.ts';

/**
 * What an inference session is opened with.
 *
 * @param intraOpThreads threads within one operator; on CUDA only the calling one has anything to do
 */
export function sessionOptions(provider: Provider, intraOpThreads: number): InferenceSession.SessionOptions {
  const shared = {
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    interOpNumThreads: 1,
  } as const;
  // Threads that spin between operators take the cores that decode the next batch.
  const intra_op = { allow_spinning: '0' };
  if (provider === 'cpu') {
    return {
      ...shared,
      executionProviders: ['cpu'],
      intraOpNumThreads: intraOpThreads,
      extra: { session: { intra_op } },
    };
  }
  return {
    ...shared,
    // CUDA_VISIBLE_DEVICES says which GPU is the first.
    executionProviders: [{ name: 'cuda', deviceId: 0 }],
    intraOpNumThreads: 1,
    extra: {
      session: {
        intra_op,
        // A node that would land on the CPU makes opening fail: nothing ever runs there unnoticed.
        disable_cpu_ep_fallback: '1',
        use_device_allocator_for_initializers: '1',
      },
    },
  };
}
