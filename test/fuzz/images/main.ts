/**
 * Fuzzes the image path by hand, for as long as is asked:
 *
 *   node --conditions=source test/fuzz/images/main.ts --minutes 60 [--seed N] [--keep FOLDER]
 *   node --conditions=source test/fuzz/images/main.ts --seed N --from MUTANT --count 1     replays one
 *
 * Prints the seed, a table of outcomes by format, mutants/s and engine deaths; exit status 1 where anything ended as it
 * must not.
 */
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Progress } from '@labelmill/cli/terminal/progress';
import { startWatchedEngine } from '../../parts/watched-engine.ts';
import { OutcomeTable } from '../outcome-table.ts';
import { fuzzImages, type Violation, violationOutcome } from './fuzz-images.ts';
import { imageSeeds } from './image-seeds.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    count: { type: 'string', default: 'Infinity' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    from: { type: 'string', default: '0' },
    keep: { type: 'string', default: '.cache/fuzz/images' },
  },
});
const seed = Number(values.seed);
const from = Number(values.from);
const count = Number(values.count);
console.log(`seed ${seed}, from mutant ${from}`);

const table = new OutcomeTable();
const scratch = join(tmpdir(), `labelmill-fuzz-${process.pid}`);
const milliseconds = Number(values.minutes) * 60_000;
await using engine = await startWatchedEngine(process.env);
const seeds = await imageSeeds();
const began = performance.now();
const passed = () => performance.now() - began;
const expected = () =>
  Math.round(Math.min(count, (table.total / passed()) * Math.max(milliseconds, passed())));

let violations: readonly Violation[];
{
  const console = { out: globalThis.console.log, note: globalThis.console.error, screen: null };
  using _progress = new Progress(console, () => ({
    done: table.total,
    errors: table.count(violationOutcome),
    total: expected(),
    totalIsFinal: true,
    unit: 'mutants',
  }));
  violations = await fuzzImages({
    ...{ seed, from, count, seeds, engine, scratch, keep: values.keep },
    goOn: () => passed() < milliseconds,
    onMutant: (format, outcome) => table.add(format, outcome),
  });
}
await rm(scratch, { recursive: true, force: true });

for (const line of table.lines()) console.log(line);
console.log(
  `${table.total} mutants of ${seeds.length} seeds, ${((1000 * table.total) / passed()).toFixed(0)}/s; ` +
    `engine deaths ${engine.deaths}, images quarantined ${engine.quarantined}, violations ${violations.length}`,
);
for (const { mutant, what } of violations)
  console.log(`VIOLATION --seed ${seed} --from ${mutant} --count 1: ${what}`);
process.exitCode = violations.length === 0 ? 0 : 1;
