/**
 * Writes docs/performance.md from what the benches left in bench/out: run it after them.
 *
 *   node --conditions=source bench/performance-page.ts
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeOf } from '@labelmill/shared/errors';
import { performancePage } from './performance-sections.ts';
import { outFolder, type WrittenReport } from './report.ts';

const page = fileURLToPath(new URL('../docs/performance.md', import.meta.url));

async function report(name: string): Promise<WrittenReport | null> {
  const text = await readFile(join(outFolder, `${name}.json`), 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const found = JSON.parse(text) as WrittenReport;
  return 'columns' in found ? found : null;
}

await writeFile(page, await performancePage(report));
console.log(page);
