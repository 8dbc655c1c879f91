/** Whether a CPU multiplies uint8 by int8 without losing sums. */
import type { WeightLimit } from './affine.ts';

/** x86's instructions that add four products of bytes straight into 32 bits, by Linux's names for them. */
const exact = ['avx512_vnni', 'avx_vnni', 'avx_vnni_int8', 'amx_int8'];

/**
 * x86 without VNNI adds two products of uint8 and int8 into 16 bits that saturate (VPMADDUBSW): 2·255·127 is beyond
 * 32,767, 2·255·64 is not, so weights are left 7 bits there. ARM's instructions widen, with and without dot products.
 *
 * @param cpuinfo the text of Linux's /proc/cpuinfo; without x86's `flags` (ARM, another system) weights have 8 bits.
 */
export function weightLimitFor(cpuinfo: string): WeightLimit {
  return flagsOf(cpuinfo) === undefined || hasVnni(cpuinfo) ? 127 : 64;
}

/** x86 with those instructions: int8 is about four times as fast as float32. */
export function hasVnni(cpuinfo: string): boolean {
  const flags = flagsOf(cpuinfo) ?? [];
  return exact.some((name) => flags.includes(name));
}

function flagsOf(cpuinfo: string): string[] | undefined {
  return /^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.split(/\s+/);
}
