import { table } from '../terminal/format.ts';
import type { RunDiff } from './run-diff.ts';

/** Lines of each list; `--json` has more. */
const mostLines = 20;

/** A diff for people. */
export function diffLines(diff: RunDiff, confidence: number): string[] {
  const { counts, distance } = diff;
  const lines = [
    `${counts.both} images in both: ${counts.same} with the same label, ${counts.changed} changed, ` +
      `${counts.errorToOk} no error any more, ${counts.okToError} now an error, ${counts.bothError} errors in both`,
    `${counts.onlyA} only in the first, ${counts.onlyB} only in the second`,
  ];
  const list = (title: string, rows: string[][], all: number) => {
    if (all === 0) return;
    lines.push('', title, ...table(rows.slice(0, mostLines)).map((line) => `  ${line}`));
    if (all > mostLines) lines.push(`  and ${all - mostLines} more`);
  };
  const changed = diff.changed.map(({ uri, from, to }) => [
    `${from.label} ${from.score.toFixed(3)}`,
    `${to.label} ${to.score.toFixed(3)}`,
    uri,
  ]);
  list('labels that changed', changed, counts.changed);
  const drift = diff.drift.map(({ label, a, b }) => [label, `${a} → ${b}`, b > a ? `+${b - a}` : `${b - a}`]);
  const share = distance === null ? '' : ` (${(100 * distance).toFixed(1)} % of the labels moved)`;
  list(`classes${share}`, drift, drift.length);
  const uncertain = diff.uncertain.map(({ uri, label, score, before }) => [
    `${label} ${score.toFixed(3)}`,
    before === null ? 'new' : `was ${before.toFixed(3)}`,
    uri,
  ]);
  list(`newly below ${confidence}`, uncertain, counts.newlyUncertain);
  return lines;
}
