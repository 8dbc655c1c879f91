import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Merged } from './merge-child.ts';
import { writeEarlierRun } from './write-earlier-run.ts';

/** Writes an earlier run below `out`, and merges a listing with it in a process of its own. */
export async function mergeSize(out: string, keys: number): Promise<Merged> {
  const folder = await writeEarlierRun(out, keys);
  const child = fileURLToPath(new URL('./merge-child.ts', import.meta.url));
  const args = ['--conditions=source', child, folder, String(keys)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Merged;
}
