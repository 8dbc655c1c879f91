/**
 * Child process: milliseconds an image that bare sessions need, all of them together.
 *
 * usage: bare-session.ts BUNDLE BATCH THREADS SESSIONS SECONDS
 *
 * Every session has a thread of its own, as run() blocks it. Prints the mean, as the end-to-end rate is one: a minimum
 * would compare the machine's best moment with its usual ones.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { bundleSchema } from '@labelmill/models/bundle-schema';
import { labelsGraph } from '@labelmill/models/labels-graph';
import { sessionOptions } from '@labelmill/worker/engine/session-options';
import { InferenceSession, Tensor } from 'onnxruntime-node';

interface Setting {
  readonly folder: string;
  readonly batch: number;
  readonly threads: number;
  readonly seconds: number;
}

if (isMainThread) await measureAll();
else await measureOne(workerData as Setting);

async function measureAll(): Promise<void> {
  const [folder = '', ...numbers] = process.argv.slice(2);
  const [batch = 1, threads = 1, sessions = 1, seconds = 3] = numbers.map(Number);
  const workerData: Setting = { folder, batch, threads, seconds };
  const workers = Array.from(
    { length: sessions },
    () => new Worker(new URL(import.meta.url), { workerData }),
  );
  const answers = () =>
    Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0] as number));
  await answers();
  const rates = answers();
  for (const worker of workers) worker.postMessage('go');
  process.stdout.write(`${1 / (await rates).reduce((sum, rate) => sum + rate, 0)}\n`);
}

/** Answers once when it is warm, then, when told to go, with its images a millisecond. */
async function measureOne({ folder, batch, threads, seconds }: Setting): Promise<void> {
  const manifest = bundleSchema.parse(JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')));
  const { crop } = manifest.preprocessing;
  const session = await InferenceSession.create(
    join(folder, labelsGraph(manifest)!.file),
    sessionOptions('cpu', threads),
  );
  const pixels = new Uint8Array(batch * crop * crop * 3).map((_, n) => (n * 31) % 256);
  const image = new Tensor('uint8', pixels, [batch, crop, crop, 3]);
  await session.run({ image });
  const port = parentPort!;
  port.postMessage(0);
  await once(port, 'message');
  const began = performance.now();
  let images = 0;
  do {
    await session.run({ image });
    images += batch;
  } while (images < 2 * batch || performance.now() - began < 1000 * seconds);
  port.postMessage(images / (performance.now() - began));
  port.close();
}
