import { expect, it } from 'vitest';
import { hasVnni, weightLimitFor } from './cpu-features.ts';

it.each([
  ['AVX-512 with VNNI', 'processor\t: 0\nflags\t\t: fpu avx2 avx512f avx512_vnni\n', 127, true],
  ['AVX-VNNI', 'flags\t\t: fpu avx2 avx_vnni', 127, true],
  ['x86 with AVX2 alone', 'flags\t\t: fpu sse4_1 avx2 fma\n', 64, false],
  ['x86 with AVX-512 alone', 'flags\t\t: fpu avx2 avx512f avx512bw\n', 64, false],
  ['ARM with dot products', 'processor\t: 0\nFeatures\t: fp asimd asimddp\n', 127, false],
  ['ARM without', 'Features\t: fp asimd\n', 127, false],
])('knows how large weights may be on %s', (_, cpuinfo, limit, vnni) => {
  expect(weightLimitFor(cpuinfo)).toBe(limit);
  expect(hasVnni(cpuinfo)).toBe(vnni);
});
