/**
 * What a bench leaves behind: a table on the screen and bench/out/<name>.json, from which bench/performance-page.ts writes
 * docs/performance.md. So no figure in the docs is typed by hand.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Spread } from './median.ts';
import { type Machine, thisMachine } from './this-machine.ts';

export const outFolder = fileURLToPath(new URL('./out/', import.meta.url));

export interface Check {
  readonly what: string;
  readonly figure: number;
  /** At least this, where `sense` does not say otherwise. */
  readonly bar: number;
  readonly sense?: 'at most';
}

export interface Report {
  readonly title: string;
  /** As typed, with names in place of this machine's paths. */
  readonly command: string;
  /** What the figures are, in a sentence or two. */
  readonly about: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly checks: readonly Check[];
  /** Everything that was measured. */
  readonly data: unknown;
}

export interface WrittenReport extends Report {
  readonly machine: Machine;
  /** Day, as 2026-11-24. */
  readonly measured: string;
}

/** @param name of the file in bench/out, without `.json`. */
export async function writeReport(name: string, report: Report): Promise<void> {
  await mkdir(outFolder, { recursive: true });
  const written: WrittenReport = {
    ...report,
    machine: thisMachine(),
    measured: new Date().toISOString().slice(0, 10),
  };
  await writeFile(join(outFolder, `${name}.json`), `${JSON.stringify(written, null, 2)}\n`);
  for (const line of screenLines(report)) console.log(line);
}

/** A table with columns of even width, then one line for each bar. */
export function screenLines({ title, columns, rows, checks }: Report): string[] {
  const widths = columns.map((column, place) =>
    Math.max(column.length, ...rows.map((row) => row[place]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, place) => cell.padEnd(widths[place] ?? 0))
      .join('  ')
      .trimEnd();
  return [title, line(columns), ...rows.map(line), ...checks.map(checkLine)];
}

export function passes({ figure, bar, sense }: Check): boolean {
  return sense === 'at most' ? figure <= bar : figure >= bar;
}

export function checkLine(check: Check): string {
  const { what, figure } = check;
  return `${passes(check) ? 'pass' : 'FAIL'}  ${what}: ${shownFigure(figure)}, ${shownBar(check)}`;
}

export function shownBar({ bar, sense }: Check): string {
  return `${sense ?? 'at least'} ${shownFigure(bar)}`;
}

/** Ratios to three places, large numbers with their thousands apart. */
export function shownFigure(figure: number): string {
  if (Number.isInteger(figure)) return figure.toLocaleString('en');
  return Math.abs(figure) < 10 ? figure.toFixed(3) : Math.round(figure).toLocaleString('en');
}

/** `0.953 (0.941 to 0.967)`: median and quartiles. */
export function shownSpread({ median, lower, upper }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${lower.toFixed(digits)} to ${upper.toFixed(digits)})`;
}
