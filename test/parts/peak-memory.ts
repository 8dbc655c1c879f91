/** The most memory that a process and its children took, as the kernel counts it. Linux only, like CI. */
import { readFileSync } from 'node:fs';
import { descendants } from './process-tree.ts';

const everyMs = 200;

export interface PeakMemory {
  /** Of the process itself. */
  readonly front: number;
  /** Of its engine. */
  readonly engine: number;
}

/** Looks until `ended` is there. A process that came and went between two looks is not seen. */
export async function peakMemory(pid: number, ended: Promise<unknown>): Promise<PeakMemory> {
  let [front, engine] = [0, 0];
  const look = () => {
    front = Math.max(front, peakBytes(pid));
    for (const child of descendants(pid)) {
      if (child.command.includes('engine/main')) engine = Math.max(engine, peakBytes(child.pid));
    }
  };
  const looking = setInterval(look, everyMs);
  await ended;
  clearInterval(looking);
  return { front, engine };
}

function peakBytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return 1024 * Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
