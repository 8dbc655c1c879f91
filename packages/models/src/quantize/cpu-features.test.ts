import { expect, it } from 'vitest';
import { weightLimitFor } from './cpu-features.ts';

it.each([
  ['AVX-512 with VNNI', 'processor\t: 0\nflags\t\t: fpu avx2 avx512f avx512_vnni\n', 127],
  ['AVX-VNNI', 'flags\t\t: fpu avx2 avx_vnni', 127],
  ['x86 with AVX2 alone', 'flags\t\t: fpu sse4_1 avx2 fma\n', 64],
  ['x86 with AVX-512 alone', 'flags\t\t: fpu avx2 avx512f avx512bw\n', 64],
  ['ARM with dot products', 'processor\t: 0\nFeatures\t: fp asimd asimddp\n', 127],
  ['ARM without', 'Features\t: fp asimd\n', 127],
])('knows how large weights may be on %s', (_, cpuinfo, limit) => {
  expect(weightLimitFor(cpuinfo)).toBe(limit);
});
