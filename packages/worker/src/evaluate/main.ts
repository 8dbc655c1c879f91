/**
 * The process that evaluates with several views of each image. It speaks the engine's protocol, so that its parent holds
 * it as it holds an engine: one that dies is started again, and the image that ended it is found out. Inference blocks
 * this thread; libuv's threads decode the next images meanwhile.
 */
import { messageOf } from '@labelmill/shared/errors';
import { openStores } from '@labelmill/shared/store/stores';
import { fetchImage } from '../engine/fetch-image.ts';
import { imageFailure } from '../engine/image-failure.ts';
import { isOutOfMemory } from '../engine/out-of-memory.ts';
import type {
  EngineConfig,
  EngineReply,
  EngineRequest,
  ImageRequest,
  ImageResult,
} from '../engine/protocol.ts';
import { openSession } from '../engine/session.ts';
import { Slots } from '../engine/slots.ts';
import { rescale, scoreViews } from './score-image.ts';

let scoreOne: ((image: ImageRequest) => Promise<ImageResult>) | undefined;
let inside = 0;

process.on('disconnect', () => {
  // As in the engine: exiting while native threads work would abort with a core dump.
  if (scoreOne === undefined || inside > 0) process.kill(process.pid, 'SIGKILL');
  process.exit(0);
});

process.on('message', (request: EngineRequest) => {
  if (request.type === 'start') void start(request.config);
  else for (const image of request.images) void score(image);
});

async function start(config: EngineConfig): Promise<void> {
  const began = performance.now();
  try {
    scoreOne = await openScoring(config);
    send({ type: 'ready', warmupMs: performance.now() - began });
  } catch (error) {
    fail(messageOf(error), 'session_failed');
  }
}

async function score(image: ImageRequest): Promise<void> {
  inside++;
  try {
    send({ type: 'results', results: [await scoreOne!(image)], stages: {} });
  } catch (error) {
    // What else is thrown is a bug: it ends the process, loudly.
    if (!isOutOfMemory(messageOf(error))) throw error;
    fail(messageOf(error));
  }
  inside--;
}

/** The parent tries again with smaller batches where it is memory that does not suffice. */
function fail(message: string, code = 'out_of_memory'): void {
  const failure: EngineReply = {
    type: 'failed',
    code: isOutOfMemory(message) ? 'out_of_memory' : code,
    message: message.trim(),
  };
  process.send!(failure, () => process.kill(process.pid, 'SIGKILL'));
}

async function openScoring(config: EngineConfig): Promise<(image: ImageRequest) => Promise<ImageResult>> {
  const { bundle, views: plan, limits, batch, topK } = config;
  if (plan === undefined) throw new TypeError('without a plan of views there is the engine');
  const session = await openSession(config);
  const stores = openStores(config.stores);
  const decoding = new Slots(config.decodeConcurrency);
  const inferring = new Slots(1);
  const scoring = {
    session,
    mode: plan.mode,
    crop: bundle.preprocessing.crop,
    batch,
    // Nothing but a sign of life: many views of a large network take longer than the parent waits for one.
    onBatch: () => send({ type: 'results', results: [], stages: {} }),
  };
  return async ({ id, uri }) => {
    let version: string | null = null;
    // Kept until inference takes the image: when that falls behind, no pixels pile up.
    await decoding.acquire();
    try {
      const object = await fetchImage(stores.for(uri), uri, limits);
      version = object.version;
      const images = await rescale(object.body, plan, limits);
      await inferring.acquire();
      try {
        const mean = await scoreViews(images, scoring);
        return { id, status: 'ok', version, ...mean.best(topK) };
      } finally {
        inferring.release();
      }
    } catch (error) {
      return imageFailure(id, version, error);
    } finally {
      decoding.release();
    }
  };
}

function send(message: EngineReply): void {
  if (process.connected) process.send!(message);
}
