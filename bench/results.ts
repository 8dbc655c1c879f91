/**
 * The measurements that the docs rest on, kept in bench/results: bench/out is a scratch folder and goes with the machine.
 * A bench that ran for some of its rows replaces those and leaves the others.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeOf } from '@labelmill/shared/errors';
import { z } from 'zod';
import { outFolder, type WrittenReport } from './report.ts';

export const resultsFolder = fileURLToPath(new URL('./results/', import.meta.url));

/** What a bench that measures named things one by one keeps of each: one for each row, in their order. */
const namedData = z.array(z.looseObject({ name: z.string() }));

/**
 * Takes the report of this name from bench/out, if there is one, into bench/results, and gives what is kept, one report
 * for each machine: `<name>.json`, `<name>.2.json`, …
 */
export async function keptReports(name: string): Promise<WrittenReport[]> {
  const kept: WrittenReport[] = [];
  for (;;) {
    const report = await readReport(fileOf(name, kept.length));
    if (report === null) break;
    kept.push(report);
  }
  const fresh = await readReport(join(outFolder, `${name}.json`));
  if (fresh === null) return kept;
  const place = placeOf(kept, fresh);
  const before = kept[place];
  kept[place] = before === undefined ? fresh : mergedReport(before, fresh);
  await mkdir(resultsFolder, { recursive: true });
  await writeFile(fileOf(name, place), `${JSON.stringify(kept[place], null, 1)}\n`);
  return kept;
}

/**
 * Where a fresh report goes among those that are kept: in the place of its machine's; behind them, if it is of another
 * machine and has some rows of many; in the first one's place, if it is a whole.
 */
export function placeOf(kept: readonly WrittenReport[], fresh: WrittenReport): number {
  const same = kept.findIndex((report) => isOfOneMachine(report, fresh));
  if (same !== -1) return same;
  return namedRows(fresh) === null ? 0 : kept.length;
}

function fileOf(name: string, place: number): string {
  return join(resultsFolder, place === 0 ? `${name}.json` : `${name}.${place + 1}.json`);
}

function isOfOneMachine(one: WrittenReport, other: WrittenReport): boolean {
  return JSON.stringify(one.machine) === JSON.stringify(other.machine);
}

/** The fresh rows, and those of before that were not measured again, if it was the same machine that measured both. */
export function mergedReport(kept: WrittenReport, fresh: WrittenReport): WrittenReport {
  const before = namedRows(kept);
  const now = namedRows(fresh);
  const sameColumns = kept.columns.join() === fresh.columns.join();
  if (before === null || now === null || !isOfOneMachine(kept, fresh) || !sameColumns) return fresh;
  const rows = new Map([...before, ...now]);
  const checks = new Map([...kept.checks, ...fresh.checks].map((check) => [check.what, check]));
  return {
    ...fresh,
    rows: [...rows.values()].map(({ row }) => row),
    data: [...rows.values()].map(({ data }) => data),
    checks: [...checks.values()],
  };
}

function namedRows({
  rows,
  data,
}: WrittenReport): Map<string, { row: readonly string[]; data: unknown }> | null {
  const named = namedData.safeParse(data);
  if (!named.success || named.data.length !== rows.length) return null;
  return new Map(named.data.map((one, place) => [one.name, { row: rows[place]!, data: one }]));
}

async function readReport(file: string): Promise<WrittenReport | null> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const found = JSON.parse(text) as WrittenReport;
  // A report of an earlier form of the bench is as good as none.
  return 'columns' in found ? found : null;
}
