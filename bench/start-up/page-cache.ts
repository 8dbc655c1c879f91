import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

/**
 * Has the kernel forget every file it holds in memory, as after a restart of the machine.
 * @returns false where this process may not do that: only root may, and not in every container
 */
export function dropPageCache(): boolean {
  try {
    execFileSync('sync');
    writeFileSync('/proc/sys/vm/drop_caches', '3');
    return true;
  } catch {
    return false;
  }
}
