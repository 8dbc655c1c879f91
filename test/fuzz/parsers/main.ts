/**
 * Fuzzes the parsers by hand, for as long as is asked:
 *
 *   node --conditions=source test/fuzz/parsers/main.ts --minutes 10 [--seed N]
 *   node --conditions=source test/fuzz/parsers/main.ts --seed N --from MUTANT --count 1     replays one
 *
 * Prints the seed, a table of outcomes by parser, and violations; exit status 1 where there are any.
 */
import { parseArgs } from 'node:util';
import { Progress } from '@labelmill/cli/terminal/progress';
import { OutcomeTable } from '../outcome-table.ts';
import { fuzzParsers, type Violation } from './fuzz-parsers.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    count: { type: 'string', default: '2000000000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    from: { type: 'string', default: '0' },
  },
});
const [seed, from, count] = [Number(values.seed), Number(values.from), Number(values.count)];
console.log(`seed ${seed}, from mutant ${from}`);

const table = new OutcomeTable();
const milliseconds = Number(values.minutes) * 60_000;
const began = performance.now();
const passed = () => performance.now() - began;

let violations: readonly Violation[];
{
  const console = { out: globalThis.console.log, note: globalThis.console.error, screen: null };
  using _progress = new Progress(console, () => ({
    done: table.total,
    errors: table.count('VIOLATION'),
    total: Math.round(Math.min(count, (table.total / passed()) * Math.max(milliseconds, passed()))),
    totalIsFinal: true,
    unit: 'mutants',
  }));
  violations = await fuzzParsers({
    ...{ seed, from, count },
    goOn: () => passed() < milliseconds,
    onMutant: ({ target, outcome, violation }) =>
      table.add(target, violation === null ? outcome : 'VIOLATION'),
  });
}

for (const line of table.lines()) console.log(line);
console.log(
  `${table.total} mutants, ${((1000 * table.total) / passed()).toFixed(0)}/s; violations ${violations.length}`,
);
for (const { mutant, what } of violations)
  console.log(`VIOLATION --seed ${seed} --from ${mutant} --count 1: ${what}`);
process.exitCode = violations.length === 0 ? 0 : 1;
