import { readFile } from 'node:fs/promises';

/** Linux's text about the CPU; empty on other systems. */
export async function cpuInfo(): Promise<string> {
  return readFile('/proc/cpuinfo', 'utf8').catch(() => '');
}
