/**
 * Writes docs/scale.md: what 1 M, 100 M and 1 B images take, computed from measured constants.
 *
 *   node --conditions=source bench/scale/main.ts [--collect]
 *
 * `--collect` takes the constants anew from bench/results into bench/scale/constants.json.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { codeOf, UsageError } from '@labelmill/shared/errors';
import { runBench } from '../run-bench.ts';
import { type Constants, collectConstants, constantsSchema } from './constants.ts';
import { scalePage } from './page.ts';

const constantsFile = fileURLToPath(new URL('./constants.json', import.meta.url));
const page = fileURLToPath(new URL('../../docs/scale.md', import.meta.url));

await runBench(async () => {
  if (process.argv.includes('--collect')) {
    await writeFile(constantsFile, `${JSON.stringify(await collectConstants(), null, 2)}\n`);
  }
  await writeFile(page, scalePage(await storedConstants()));
  console.log(page);
});

async function storedConstants(): Promise<Constants> {
  try {
    return constantsSchema.parse(JSON.parse(await readFile(constantsFile, 'utf8')));
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw new UsageError('not_measured', 'there is no bench/scale/constants.json: run this with --collect');
  }
}
