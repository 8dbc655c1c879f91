/** The thread in which parsers are fuzzed, so that one that hangs or takes too much memory can be ended. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { Random } from '../random.ts';
import { mutantOf, outcomeOf } from './parser-target.ts';
import { parserTargets } from './parser-targets.ts';

export interface ThreadTask {
  readonly seed: number;
  readonly from: number;
  readonly count: number;
  readonly folder: string;
  /** [number of the mutant in work − from, 1 to stop]. */
  readonly shared: SharedArrayBuffer;
}

export interface MutantEnd {
  readonly mutant: number;
  readonly target: string;
  readonly outcome: string;
  readonly violation: string | null;
}

/** Buffers lie outside of the heap, whose size the thread's own limit bounds. */
const mostGrowthBytes = 2 ** 30;

const { seed, from, count, folder, shared } = workerData as ThreadTask;
const state = new Int32Array(shared);
const targets = parserTargets(mkdtempSync(join(folder, 'thread-')));
const peakBytes = () => 1024 * process.resourceUsage().maxRSS;
let peak = peakBytes();
for (let n = 0; n < count && Atomics.load(state, 1) === 0; n++) {
  Atomics.store(state, 0, n);
  const mutant = from + n;
  const target = targets[mutant % targets.length]!;
  const { outcome, violation } = await outcomeOf(target, mutantOf(target, new Random(seed, mutant)));
  const grown = peakBytes() - peak;
  peak += grown;
  const blown = grown > mostGrowthBytes ? `took ${Math.round(grown / 2 ** 20)} MiB` : null;
  parentPort?.postMessage({
    mutant,
    target: target.name,
    outcome,
    violation: violation ?? blown,
  } satisfies MutantEnd);
}
