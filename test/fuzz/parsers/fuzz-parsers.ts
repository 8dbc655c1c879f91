/**
 * Mutants of real files and messages through the parsers. Each must end as a valid result or as a refusal with a code:
 * another exception, a hang, and memory without bounds are violations.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { messageOf } from '@labelmill/shared/errors';
import { temporaryFolder } from '../../parts/temp-folder.ts';
import type { MutantEnd, ThreadTask } from './parser-thread.ts';

export interface ParserFuzzing {
  readonly seed: number;
  /** Number of the first mutant. */
  readonly from: number;
  /** The most mutants to try. */
  readonly count: number;
  /** Asked after each mutant. */
  readonly goOn: () => boolean;
  readonly onMutant: (end: MutantEnd) => void;
}

export interface Violation {
  /** Number of the mutant: `--from` it replays it. */
  readonly mutant: number;
  readonly what: string;
}

/** Far more than any mutant takes, on a busy machine too. */
const hungMs = 30_000;
const heapMegabytes = 1024;

/** @returns every violation there was */
export async function fuzzParsers({ from, count, ...fuzzing }: ParserFuzzing): Promise<Violation[]> {
  const violations: Violation[] = [];
  await using folder = await temporaryFolder();
  for (let next = from; next < from + count && fuzzing.goOn(); ) {
    const { died, at } = await inThread(
      { from: next, count: from + count - next, folder: folder.path },
      fuzzing,
      violations,
    );
    if (died === null) break;
    violations.push({ mutant: at, what: died });
    fuzzing.onMutant({ mutant: at, target: 'any', outcome: 'VIOLATION', violation: died });
    next = at + 1;
  }
  return violations;
}

/** @returns why the thread ended before its time, and in which mutant */
async function inThread(
  part: Pick<ThreadTask, 'from' | 'count' | 'folder'>,
  { seed, goOn, onMutant }: Omit<ParserFuzzing, 'from' | 'count'>,
  violations: Violation[],
): Promise<{ died: string | null; at: number }> {
  const shared = new SharedArrayBuffer(8);
  const state = new Int32Array(shared);
  const thread = new Worker(new URL('parser-thread.ts', import.meta.url), {
    workerData: { seed, ...part, shared } satisfies ThreadTask,
    execArgv: ['--conditions=source'],
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
  });
  let died: string | null = null;
  const watchdog = setTimeout(() => {
    died = `hung for ${hungMs / 1000} s`;
    void thread.terminate();
  }, hungMs);
  thread.on('message', (end: MutantEnd) => {
    watchdog.refresh();
    onMutant(end);
    if (end.violation !== null)
      violations.push({ mutant: end.mutant, what: `${end.target}: ${end.violation}` });
    if (!goOn()) Atomics.store(state, 1, 1);
  });
  thread.on('error', (error) => {
    died ??= messageOf(error);
  });
  await once(thread, 'exit');
  clearTimeout(watchdog);
  return { died, at: part.from + Atomics.load(state, 0) };
}
