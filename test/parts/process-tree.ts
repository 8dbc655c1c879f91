/** Looks at processes through /proc: who is alive, and who is whose child. Linux only, like CI. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

export function processes(): ProcessInfo[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        // A zombie is dead: only its parent has not looked yet.
        if (afterName[0] === 'Z') return [];
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [{ pid: Number(name), parent: Number(afterName[1]), command }];
      } catch {
        return [];
      }
    });
}

/** The process's descendants, nearest first. */
export function descendants(pid: number): ProcessInfo[] {
  const all = processes();
  const found: ProcessInfo[] = [];
  let parents = [pid];
  while (parents.length > 0) {
    const children = all.filter(({ parent }) => parents.includes(parent));
    found.push(...children);
    parents = children.map((child) => child.pid);
  }
  return found;
}

export function isAlive(pid: number): boolean {
  return processes().some((process) => process.pid === pid);
}

/** Waits until none of them is alive; the test's own time limit ends it. */
export async function allGone(pids: readonly number[]): Promise<void> {
  while (pids.some(isAlive)) await delay(20);
}

/** Waits until a descendant's command holds the text. */
export async function descendant(pid: number, text: string): Promise<ProcessInfo> {
  for (;;) {
    const found = descendants(pid).find(({ command }) => command.includes(text));
    if (found !== undefined) return found;
    await delay(20);
  }
}
