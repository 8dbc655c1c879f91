/** What a report says of the machine that it was measured on. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';

export interface Machine {
  /** The processor's name and vector instructions. */
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
}

export function thisMachine(): Machine {
  const model = cpus()[0]?.model ?? 'unknown';
  const vectors = vectorsOf(readIfThere('/proc/cpuinfo'));
  return {
    cpu: vectors === null ? model : `${model}, ${vectors}`,
    cores: availableParallelism(),
    node: process.version,
  };
}

/**
 * The vector instructions that decide what a model costs: clouds sell processors of several generations under one name.
 * @param cpuinfo text of Linux's /proc/cpuinfo
 * @returns null where it does not say
 */
export function vectorsOf(cpuinfo: string): string | null {
  const flags = /^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.split(/\s+/) ?? [];
  const width = [
    ['avx512f', 'AVX-512'],
    ['avx2', 'AVX2'],
  ].find(([flag]) => flags.includes(flag!))?.[1];
  if (width === undefined) return null;
  const more = [
    [['avx512_vnni', 'avx_vnni'], 'VNNI'],
    [['avx512_bf16'], 'BF16'],
    [['amx_int8'], 'AMX'],
  ] as const;
  const added = more.filter(([names]) => names.some((name) => flags.includes(name))).map(([, name]) => name);
  return added.length === 0 ? width : `${width} with ${added.join(' and ')}`;
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
