/** Counts how things ended, and shows it: a row for each kind, a column for each outcome. */
export class OutcomeTable {
  readonly #counts = new Map<string, Map<string, number>>();
  total = 0;

  add(kind: string, outcome: string): void {
    const row = this.#counts.get(kind) ?? new Map<string, number>();
    row.set(outcome, (row.get(outcome) ?? 0) + 1);
    this.#counts.set(kind, row);
    this.total++;
  }

  count(outcome: string): number {
    return [...this.#counts.values()].reduce((sum, row) => sum + (row.get(outcome) ?? 0), 0);
  }

  /** One line each, `ok` first. */
  lines(): string[] {
    const outcomes = [...new Set([...this.#counts.values()].flatMap((row) => [...row.keys()]))];
    outcomes.sort((a, b) => Number(b === 'ok') - Number(a === 'ok') || this.count(b) - this.count(a));
    const rows = [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1));
    const cells = [
      ['', ...outcomes, 'all'],
      ...rows.map(([kind, row]) => [
        kind,
        ...outcomes.map((outcome) => String(row.get(outcome) ?? 0)),
        String([...row.values()].reduce((a, b) => a + b, 0)),
      ]),
      ['all', ...outcomes.map((outcome) => String(this.count(outcome))), String(this.total)],
    ];
    const widths = (cells[0] ?? []).map((_, place) =>
      Math.max(...cells.map((row) => row[place]?.length ?? 0)),
    );
    return cells.map((row) =>
      row.map((cell, place) => pad(cell, widths[place] ?? 0, place === 0)).join('  '),
    );
  }
}

function pad(cell: string, width: number, left: boolean): string {
  return left ? cell.padEnd(width) : cell.padStart(width);
}
