/** A short fuzzing of every parser for every change; main.ts beside it does it for hours. */
import { UsageError } from '@labelmill/shared/errors';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../parts/temp-folder.ts';
import { OutcomeTable } from '../outcome-table.ts';
import { fuzzParsers } from './fuzz-parsers.ts';
import { outcomeOf, type ParserTarget, PropertyError } from './parser-target.ts';
import { parserTargets } from './parser-targets.ts';

const seed = 20_260_101;
const mutants = 1200;

test('every mutant ends as a valid result or as a refusal with a code, whatever the parser', async () => {
  const table = new OutcomeTable();
  const violations = await fuzzParsers({
    seed,
    from: 0,
    count: mutants,
    goOn: () => true,
    onMutant: ({ target, outcome }) => table.add(target, outcome),
  });
  console.log([`seed ${seed}`, ...table.lines()].join('\n'));
  expect(violations).toEqual([]);
  expect(table.total).toBe(mutants);
}, 240_000);

test('every seed is a valid one, but for the graph that is adopted already', async () => {
  await using folder = await temporaryFolder();
  for (const target of parserTargets(folder.path)) {
    const outcomes = await Promise.all(target.seeds.slice(0, 1).map((bytes) => outcomeOf(target, bytes)));
    expect(
      outcomes.map(({ violation }) => violation),
      target.name,
    ).toEqual([null]);
    expect(['ok', 's3'], target.name).toContain(outcomes[0]?.outcome);
  }
});

test('another exception and a broken promise are violations; a refusal is none', async () => {
  const target = (error: unknown): ParserTarget => ({
    name: 'x',
    seeds: [],
    textShare: 0,
    run: () => Promise.reject(error),
  });
  const violation = async (error: unknown) => (await outcomeOf(target(error), new Uint8Array())).violation;
  expect(await violation(new UsageError('bad_x', 'no'))).toBeNull();
  expect(await violation(new TypeError('x is not a function'))).toContain('not a function');
  expect(await violation(new PropertyError('the secret was read'))).toContain('secret');
});
