/**
 * Compiles packages/worker/kernel/resample.ts (AssemblyScript) to WebAssembly, as text in a module, so that neither
 * running from source nor the build needs a compiler. A test compiles it again and compares.
 *
 *   node scripts/compile-kernel.ts
 */
import { readFile, writeFile } from 'node:fs/promises';
import { main } from 'assemblyscript/asc';

const source = new URL('../packages/worker/kernel/resample.ts', import.meta.url);
export const target = new URL('../packages/worker/src/engine/resample-kernel.ts', import.meta.url);

/** The module as it should be. @throws Error with what the compiler says */
export async function compiledModule(): Promise<string> {
  const files = new Map<string, string | Uint8Array>([['resample.ts', await readFile(source, 'utf8')]]);
  const { error, stderr } = await main(
    [
      'resample.ts',
      '--outFile',
      'resample.wasm',
      '--optimize',
      '--noAssert',
      '--runtime',
      'stub',
      '--enable',
      'simd',
    ],
    {
      readFile: (name) => (files.get(name) as string | undefined) ?? null,
      writeFile: (name, contents) => void files.set(name, contents),
      listFiles: () => [],
    },
  );
  if (error !== null) throw new Error(stderr.toString(), { cause: error });
  const wasm = Buffer.from(files.get('resample.wasm') as Uint8Array);
  return `/** ../../kernel/resample.ts as WebAssembly in base64, written by scripts/compile-kernel.ts. */\nexport const resampleKernel =\n  '${wasm.toString('base64')}';\n`;
}

if (import.meta.main) await writeFile(target, await compiledModule());
