import { expect, it } from 'vitest';
import type { Bundle } from '../bundle-schema.ts';
import { requireExactSums } from './require-exact-sums.ts';

const withoutVnni = 'flags\t\t: fpu avx2 fma\n';

const bundle = (weightBits?: 7 | 8) =>
  ({
    name: 'vgg16-int8',
    manifest: weightBits === undefined ? {} : { quantization: { weightBits } },
  }) as Bundle;

it('refuses weights of 8 bits on an x86 CPU whose sums of them overflow', () => {
  expect(() => requireExactSums(bundle(8), withoutVnni)).toThrow(
    expect.objectContaining({ code: 'int8_overflows', message: expect.stringContaining('vgg16-int8') }),
  );
});

it.each([
  ['weights of 7 bits', bundle(7), withoutVnni],
  ['a bundle that is not quantised', bundle(), withoutVnni],
  ['a CPU with VNNI', bundle(8), 'flags\t\t: fpu avx2 avx_vnni\n'],
  ['ARM, which widens', bundle(8), 'Features\t: fp asimd\n'],
])('takes %s', (_, taken, cpuinfo) => {
  expect(() => requireExactSums(taken, cpuinfo)).not.toThrow();
});
