/** Inference thread: one session, one batch after the other. `run()` blocks it, which is why nothing else lives here. */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '@labelmill/shared/errors';
import { isOutOfMemory } from './out-of-memory.ts';
import type { EngineConfig, ImageResult } from './protocol.ts';
import { openSession, type Scores, type Session } from './session.ts';
import type { ImageBatch, InferenceReply, InferenceRequest, LoadedImage } from './thread-messages.ts';

const config = workerData as EngineConfig;
const port = parentPort!;

try {
  const started = performance.now();
  const session = await openSession(config);
  await warmUp(session);
  // A run begins a turn after it is asked for: of two batches that come together, the second would count both runs.
  let last = Promise.resolve();
  port.on('message', ({ batch }: InferenceRequest) => {
    last = last.then(() => infer(session, batch));
  });
  port.postMessage({ type: 'ready', warmupMs: performance.now() - started } satisfies InferenceReply);
} catch (error) {
  fail(config.provider === 'cuda' ? 'cuda_unavailable' : 'session_failed', messageOf(error));
}

function fail(code: string, message: string): void {
  port.postMessage({
    type: 'failed',
    code: isOutOfMemory(message) ? 'out_of_memory' : code,
    message: message.trim(),
  } satisfies InferenceReply);
}

/** A full batch of black images: allocates what every later batch uses, and finds a provider that cannot run. */
async function warmUp(session: Session): Promise<void> {
  const { crop } = config.bundle.preprocessing;
  await session.run(new ArrayBuffer(config.batch * crop * crop * 3), config.batch, false);
}

async function infer(session: Session, { pixels, images }: ImageBatch): Promise<void> {
  const wanted = images.some(({ features }) => features);
  const began = performance.now();
  const scores = await session.run(pixels, images.length, wanted).catch((error: unknown) => {
    // What else fails here is a bug: it ends the thread and with it the engine, loudly.
    if (!isOutOfMemory(messageOf(error))) throw error;
    fail('out_of_memory', messageOf(error));
  });
  if (scores === undefined) return;
  const seconds = (performance.now() - began) / 1000;
  const results = images.map((image, row) => labelled(image, row, scores));
  port.postMessage({ type: 'labelled', results, pixels, seconds } satisfies InferenceReply, [
    pixels,
    ...(scores.features === null ? [] : [scores.features.values.buffer]),
  ]);
}

function labelled({ id, version, features: wanted }: LoadedImage, row: number, scores: Scores): ImageResult {
  const { k, score, index, features } = scores;
  const from = row * k;
  const to = from + config.topK;
  return {
    id,
    status: 'ok',
    version,
    scores: Array.from(score.subarray(from, to)),
    indices: Array.from(index.subarray(from, to), Number),
    ...(wanted && features !== null
      ? { features: features.values.subarray(row * features.width, (row + 1) * features.width) }
      : {}),
  };
}
