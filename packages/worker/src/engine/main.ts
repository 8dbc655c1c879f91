/** The engine process: starts its threads, passes messages on, and ends when its supervisor is gone. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { siblingModule } from '@labelmill/shared/sibling-module';
import { BatchTuner } from './batch-tuner.ts';
import { batchesPerInference, Coordinator } from './coordinator.ts';
import { largestBatch } from './engine-size.ts';
import type { EngineConfig, EngineReply, EngineRequest } from './protocol.ts';
import { stretchBytes } from './stretch.ts';
import type { InferenceReply, LoaderSettings } from './thread-messages.ts';

let coordinator: Coordinator | undefined;

process.on('disconnect', () => {
  // Exiting while a session runs would abort with a core dump, and while a decode goes on would wait for it; a killed
  // process leaves nothing behind.
  if (coordinator === undefined || coordinator.busy || coordinator.gaveUp)
    process.kill(process.pid, 'SIGKILL');
  process.exit(0);
});

process.on('message', (request: EngineRequest) => {
  if (request.type === 'label') coordinator?.label(request.images);
  else void start(request.config);
});

async function start(config: EngineConfig): Promise<void> {
  const loaders = startLoaders(config);
  const inference = Array.from({ length: config.inferenceThreads }, () =>
    startThread('./inference-thread', config),
  );
  const starts = await Promise.all(inference.map(firstReply));
  const failure = starts.find((reply) => reply.type === 'failed');
  if (failure !== undefined) {
    process.send!(failure satisfies EngineReply, () => process.exit(1));
    return;
  }
  coordinator = new Coordinator({
    loaders,
    inference,
    loaderWindow: 2 * largestBatch(config) + config.fetchConcurrency,
    stretchBytes: stretchBytes(config),
    tuner: tunerFor(config),
    onBatch: (batch) => reply({ type: 'batch', batch }),
    // Exiting while another session runs would abort with a core dump.
    onFailure: (failure) =>
      process.send!(failure satisfies EngineReply, () => process.kill(process.pid, 'SIGKILL')),
    onResults: (results, stages) => reply({ type: 'results', results, stages }),
  });
  reply({
    type: 'ready',
    warmupMs: Math.max(...starts.map((start) => (start.type === 'ready' ? start.warmupMs : 0))),
  });
}

/** A short run is over before a trial pays. */
const tuneAfterImages = 200;
const giveUpAfterImages = 2_000;

function tunerFor({ trySizes: sizes, batch: otherwise }: EngineConfig): BatchTuner | null {
  if (sizes.length === 0) return null;
  return new BatchTuner({ sizes, startAfter: tuneAfterImages, giveUpAfter: giveUpAfterImages, otherwise });
}

function startLoaders(config: EngineConfig): Worker[] {
  // Enough buffers to keep every inference thread fed, one more per loader to fill meanwhile.
  const buffers = Math.ceil((batchesPerInference * config.inferenceThreads) / config.loaderThreads) + 1;
  return Array.from({ length: config.loaderThreads }, () =>
    startThread('./loader-thread', { config, buffers } satisfies LoaderSettings),
  );
}

function startThread(module: string, workerData: unknown): Worker {
  const worker = new Worker(siblingModule(import.meta.url, module), { workerData });
  // A thread only ends by a bug: the engine goes with it, and the supervisor sees which images were inside.
  worker.on('error', (error) => {
    throw error;
  });
  return worker;
}

async function firstReply(thread: Worker): Promise<InferenceReply> {
  const [reply] = (await once(thread, 'message')) as [InferenceReply];
  return reply;
}

function reply(message: EngineReply): void {
  if (process.connected) process.send!(message);
}
