import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { compiledModule, target } from '../../scripts/compile-kernel.ts';

test('the kernel in use is what its source compiles to', async () => {
  expect(await readFile(target, 'utf8')).toBe(await compiledModule());
});
