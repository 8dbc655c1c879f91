/** Below the progress line of a run: its errors, what limits it, and what it has found so far. */
import { stripVTControlCharacters, styleText } from 'node:util';
import { printable } from '@labelmill/shared/printable';

export interface RunDetails {
  /** Error records by code. */
  readonly errors: Readonly<Record<string, number>>;
  /** What limits the run, in a line; null while nobody knows. */
  readonly limit: string | null;
  /** Images by best label; of all or of some. */
  readonly labels: ReadonlyMap<string, number>;
}

const mostLabels = 6;
const barWidth = 20;
const nameWidth = 24;

/** @param columns of the terminal: a line that wraps could not be drawn over */
export function detailLines({ errors, limit, labels }: RunDetails, columns: number): string[] {
  const codes = Object.entries(errors).map(([code, images]) => `${code} ${images}`);
  const lines = [
    ...(codes.length > 0 ? [styleText('yellow', cut(`errors: ${codes.join(', ')}`, columns))] : []),
    ...(limit === null ? [] : [styleText('dim', cut(limit, columns))]),
    ...labelBars(labels),
  ];
  return lines.filter((line) => stripVTControlCharacters(line).length <= columns);
}

function labelBars(labels: ReadonlyMap<string, number>): string[] {
  const first = [...labels].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, mostLabels);
  const most = first[0]?.[1] ?? 0;
  return first.map(([label, images]) => {
    // ImageNet's labels are lists of synonyms. They are a stranger's text.
    const name = cut(printable(label.split(',')[0] ?? label), nameWidth).padEnd(nameWidth);
    const filled = Math.max(1, Math.round((barWidth * images) / most));
    return `${name} ${styleText('cyan', '█'.repeat(filled))}${' '.repeat(barWidth - filled)} ${images}`;
  });
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}
