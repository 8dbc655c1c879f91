/**
 * Writes docs/performance.md from what the benches left, and keeps that in bench/results: run it after them.
 *
 *   node --conditions=source bench/performance-page.ts
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { performancePage } from './performance-sections.ts';
import { keptReports } from './results.ts';

const page = fileURLToPath(new URL('../docs/performance.md', import.meta.url));

await writeFile(page, await performancePage(keptReports));
console.log(page);
