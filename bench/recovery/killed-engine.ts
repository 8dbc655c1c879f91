/** An engine is killed: how long until the next one has labelled a chunk? */
import { setTimeout as delay } from 'node:timers/promises';
import { descendant } from '../../test/parts/process-tree.ts';
import { EndlessRun } from './endless-run.ts';

const lookMs = 5;
const chunkSize = 8;

export interface KilledEngine {
  /** From the kill until the next engine is warm. */
  readonly backSeconds: number;
  /** From the kill until a chunk was counted after that. */
  readonly commitSeconds: number;
}

export async function killedEngine(rounds: number): Promise<KilledEngine[]> {
  await using run = await EndlessRun.start(chunkSize);
  const worker = await run.worker();
  const timesBack = () => worker.output.stdout.split('"the engine is back"').length - 1;
  const measured: KilledEngine[] = [];
  for (let round = 1; round <= rounds; round++) {
    process.stderr.write(`killed engine: round ${round} of ${rounds}\n`);
    await run.reaches((await run.images()) + 40 * chunkSize);
    const { pid } = await descendant(worker.pid, 'engine/main');
    const began = performance.now();
    const seconds = () => (performance.now() - began) / 1000;
    process.kill(pid, 'SIGKILL');
    while (timesBack() < round) await delay(lookMs);
    const backSeconds = seconds();
    await run.reaches((await run.images()) + 1);
    measured.push({ backSeconds, commitSeconds: seconds() });
  }
  return measured;
}
