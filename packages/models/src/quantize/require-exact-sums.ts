import { UsageError } from '@labelmill/shared/errors';
import type { Bundle } from '../bundle-schema.ts';
import { weightLimitFor } from './cpu-features.ts';

/**
 * An int8 bundle goes where its files are copied, and clouds mix processors: where 8-bit weights overflow, labels would be
 * wrong without a word.
 *
 * @param cpuinfo the text of Linux's /proc/cpuinfo, of the machine that is to label on its CPU
 * @throws UsageError `int8_overflows`
 */
export function requireExactSums({ name, manifest }: Bundle, cpuinfo: string): void {
  if (manifest.quantization?.weightBits !== 8 || weightLimitFor(cpuinfo) === 127) return;
  throw new UsageError(
    'int8_overflows',
    `${name} has weights of 8 bits, and this CPU has no VNNI: sums of their products overflow, and labels would be wrong. Quantize the fp32 bundle on a CPU like this one (it gets 7 bits, which are right on every CPU), or use the fp32 bundle`,
  );
}
