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

/** Takes the report of this name from bench/out, if there is one, into bench/results, and gives what is kept; null for none. */
export async function keptReport(name: string): Promise<WrittenReport | null> {
  const [kept, fresh] = await Promise.all([
    readReport(join(resultsFolder, `${name}.json`)),
    readReport(join(outFolder, `${name}.json`)),
  ]);
  if (fresh === null) return kept;
  const merged = kept === null ? fresh : mergedReport(kept, fresh);
  await mkdir(resultsFolder, { recursive: true });
  await writeFile(join(resultsFolder, `${name}.json`), `${JSON.stringify(merged, null, 1)}\n`);
  return merged;
}

/** The fresh rows, and those of before that were not measured again, if it was the same machine that measured both. */
export function mergedReport(kept: WrittenReport, fresh: WrittenReport): WrittenReport {
  const before = namedRows(kept);
  const now = namedRows(fresh);
  const sameMachine = JSON.stringify(kept.machine) === JSON.stringify(fresh.machine);
  const sameColumns = kept.columns.join() === fresh.columns.join();
  if (before === null || now === null || !sameMachine || !sameColumns) return fresh;
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
