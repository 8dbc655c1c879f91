import type { ImageResult } from '@labelmill/worker/engine/protocol';
import type { ImageLabeller } from '@labelmill/worker/supervisor/image-labeller';

/** Answers at once, with what an engine says of an ordinary image. */
export const standInEngine: ImageLabeller = {
  warmupMs: 0,
  status: { state: 'running', batch: 1 },
  label: async (uris) => uris.map((_, id) => standInResult(id)),
  alone: (_wanted, work) => work(async () => standInResult(0)),
  async [Symbol.asyncDispose]() {},
};

export function standInResult(id: number): Exclude<ImageResult, { status: 'outage' }> {
  return {
    id,
    status: 'ok',
    version: '114688-1764000000000000000',
    scores: [0.7312345, 0.1012345, 0.0512345, 0.0212345, 0.0112345],
    indices: [17, 180, 3, 99, 42],
  };
}
