/** A figure that has to be reached, and whether it was. */
export interface Bar {
  readonly what: string;
  readonly measured: number;
  readonly limit: number;
  readonly kind: 'at least' | 'at most';
  readonly unit: string;
}

export function isMet({ measured, limit, kind }: Bar): boolean {
  return kind === 'at least' ? measured >= limit : measured <= limit;
}

/** Prints every bar with pass or FAIL; the process fails if one is missed. */
export function printBars(bars: readonly Bar[]): void {
  for (const bar of bars) {
    const { what, measured, limit, kind, unit } = bar;
    console.log(
      `${isMet(bar) ? 'pass' : 'FAIL'}  ${what}: ${shown(measured)} ${unit}; ${kind} ${shown(limit)}`.trimEnd(),
    );
  }
  if (!bars.every(isMet)) process.exitCode = 1;
}

function shown(figure: number): string {
  return figure >= 1000 ? Math.round(figure).toLocaleString('en') : String(Number(figure.toPrecision(4)));
}
