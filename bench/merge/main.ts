/**
 * The merge behind `--only changed`: keys/s and memory, by size.
 *
 *   node --conditions=source bench/merge/main.ts [KEYS …]        default: 100000 10000000
 *
 * Writes bench/out/merge.json.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeReport } from '../report.ts';
import { mergeSize } from './merge-size.ts';

const sizes = process.argv.slice(2).map(Number);
if (sizes.length === 0) sizes.push(100_000, 10_000_000);
const work = mkdtempSync(join(tmpdir(), 'lm-'));
const megabytes = (bytes: number) => bytes / 2 ** 20;

try {
  const rows = [];
  for (const keys of sizes) {
    process.stderr.write(`${keys} keys\n`);
    rows.push({ keys, ...(await mergeSize(join(work, String(keys)), keys)) });
  }
  const largest = rows.at(-1)!;
  const rate = largest.listed / largest.seconds;
  await writeReport('merge', {
    title: 'Only what changed: the merge',
    command: ['node --conditions=source bench/merge/main.ts', ...process.argv.slice(2)].join(' '),
    about:
      'A listing of so many keys, a quarter each of one, two, three and four bytes to a character, merged with the manifest of an earlier run of as many, read from disk; what is carried is encoded as a run writes it. Of each 1,000 keys one is new, one changed and one removed.',
    columns: ['keys', 'carried', 'to label', 'removed', 'keys/s', 'memory at most, MB'],
    rows: rows.map(({ keys, carried, changed, removed, listed, seconds, peakBytes }) => [
      ...[keys, carried, changed, removed, Math.round(listed / seconds)].map(String),
      megabytes(peakBytes).toFixed(0),
    ]),
    checks: [
      { what: `keys/s of ${largest.keys}`, figure: rate, bar: 200_000 },
      { what: 'memory at most, MB', figure: megabytes(largest.peakBytes), bar: 300, sense: 'at most' },
    ],
    data: { rows },
  });
} finally {
  rmSync(work, { recursive: true, force: true });
}
