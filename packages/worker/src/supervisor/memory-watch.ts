/** Watches the engine's resident memory, so that it is ended by us before the kernel ends it and the supervisor alike. */
import { readFileSync } from 'node:fs';

/** Native code allocates a decoded image in well under a second: seldom enough to cost nothing, often enough to see it. */
const lookEveryMs = 200;
/** /proc counts in pages; Linux on x86-64 and arm64 servers has pages of 4 KiB. */
const pageBytes = 4096;

/** Resident bytes of a process; null where that cannot be known (no /proc, or the process is gone). */
export function residentBytes(pid: number): number | null {
  try {
    const pages = readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1];
    return Number(pages) * pageBytes;
  } catch {
    return null;
  }
}

/**
 * Calls `onExceeded` once, with the resident bytes, when the process holds more than `limit`.
 * @returns stops watching when disposed
 */
export function watchMemory(pid: number, limit: number, onExceeded: (bytes: number) => void): Disposable {
  const timer = setInterval(() => {
    const bytes = residentBytes(pid);
    if (bytes === null || bytes <= limit) return;
    clearInterval(timer);
    onExceeded(bytes);
  }, lookEveryMs);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
