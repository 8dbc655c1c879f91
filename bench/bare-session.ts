/**
 * Child process: milliseconds an image that bare sessions need, all of them together.
 *
 * usage: bare-session.ts SETTING, as JSON
 *
 * Every session has a thread of its own, as run() blocks it. Prints the mean, as the end-to-end rate is one: a minimum
 * would compare the machine's best moment with its usual ones.
 */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { Provider } from '@labelmill/worker/engine/protocol';
import { sessionOptions } from '@labelmill/worker/engine/session-options';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { runScript } from './child.ts';

export interface SessionSetting {
  /** Path of the graph. */
  readonly graph: string;
  /** Side of its input. */
  readonly crop: number;
  readonly provider: Provider;
  readonly batch: number;
  readonly sessions: number;
  /** Threads within an operator, of each session. */
  readonly threads: number;
  /** How long to run, at least. */
  readonly seconds: number;
}

/** Milliseconds an image. */
export async function bareSession(setting: SessionSetting): Promise<number> {
  return Number(await runScript(new URL(import.meta.url), [JSON.stringify(setting)]));
}

if (!isMainThread) await measureOne(workerData as SessionSetting);
else if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await measureAll(JSON.parse(process.argv[2] ?? '') as SessionSetting);
}

async function measureAll(setting: SessionSetting): Promise<void> {
  const workers = Array.from(
    { length: setting.sessions },
    () => new Worker(new URL(import.meta.url), { workerData: setting }),
  );
  const answers = () =>
    Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0] as number));
  await answers();
  const rates = answers();
  for (const worker of workers) worker.postMessage('go');
  process.stdout.write(`${1 / (await rates).reduce((sum, rate) => sum + rate, 0)}\n`);
}

/** Answers once when it is warm, then, when told to go, with its images a millisecond. */
async function measureOne(setting: SessionSetting): Promise<void> {
  const { graph, crop, provider, batch, threads, seconds } = setting;
  const session = await InferenceSession.create(graph, sessionOptions(provider, threads));
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
