/** A worker is killed beside another one: how long until the chunks that it held are in work again? */
import { setTimeout as delay } from 'node:timers/promises';
import { EndlessRun, queueKey } from './endless-run.ts';

const lookMs = 20;
const chunkSize = 32;

/** Seconds from each kill until the last of the chunks was taken up. */
export async function killedWorker(rounds: number): Promise<number[]> {
  await using run = await EndlessRun.start(chunkSize);
  await run.worker();
  const seconds: number[] = [];
  while (seconds.length < rounds) {
    process.stderr.write(`killed worker: round ${seconds.length + 1} of ${rounds}\n`);
    const victim = await run.worker();
    await run.reaches((await run.images()) + 8 * chunkSize);
    victim.kill('SIGKILL');
    await victim.ended;
    const began = performance.now();
    const held = await startsOfActive(run);
    const taken = await takenUp(run, held);
    // None, where it was killed between two chunks.
    if (taken !== null) seconds.push((taken - began) / 1000);
  }
  return seconds;
}

/** For each chunk in work, how often it was started. */
async function startsOfActive(run: EndlessRun): Promise<Map<string, number>> {
  const ids = await run.connection.lrange(`${queueKey}:active`, 0, -1);
  const starts = new Map<string, number>();
  for (const id of ids) starts.set(id, Number(await run.connection.hget(`${queueKey}:${id}`, 'ats')));
  return starts;
}

/** When the last of them was started once more; what the other worker had was done meanwhile. */
async function takenUp(run: EndlessRun, held: Map<string, number>): Promise<number | null> {
  let last: number | null = null;
  while (held.size > 0) {
    for (const [id, before] of held) {
      const starts = await run.connection.hget(`${queueKey}:${id}`, 'ats');
      if (starts !== null && Number(starts) === before) continue;
      held.delete(id);
      if (starts !== null) last = performance.now();
    }
    await delay(lookMs);
  }
  return last;
}
