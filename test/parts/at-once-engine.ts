import type { ImageLabeller } from '@labelmill/worker/supervisor/image-labeller';

/** An engine that answers at once: the queue, the ledger and the stores at their limit. */
export const atOnce: ImageLabeller = {
  warmupMs: 0,
  status: { state: 'running', batch: 1 },
  label: async (uris) =>
    uris.map((_, id) => ({ id, status: 'ok', version: null, scores: [0.9, 0.1], indices: [3, 5] })),
  alone: () => Promise.reject(new Error('no chunk stalls here')),
  async [Symbol.asyncDispose]() {},
};
