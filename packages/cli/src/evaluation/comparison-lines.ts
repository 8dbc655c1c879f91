/** A comparison as lines for a terminal. */
import type { Comparison } from '@labelmill/models/accuracy/comparison-count';
import { proportionLine } from './evaluation-lines.ts';

/** @param names of the two bundles */
export function comparisonLines(
  comparison: Comparison | null,
  [first, second]: readonly [string, string],
): string[] {
  if (comparison === null) return ['no image was answered by both'];
  const { images, agreement, top1, bothRight, onlyFirstRight, onlySecondRight, neitherRight, pValue } =
    comparison;
  const width = Math.max(first.length, second.length, 'agreement'.length);
  const line = (name: string, text: string) => `${name.padEnd(width)}  ${text}`;
  return [
    `${first} and ${second} on the same ${images} images`,
    line(first, proportionLine(top1.first)),
    line(second, proportionLine(top1.second)),
    line('agreement', proportionLine(agreement)),
    `right: both ${bothRight}, only ${first} ${onlyFirstRight}, only ${second} ${onlySecondRight}, neither ${neitherRight}`,
    `McNemar's exact test: p = ${pValue < 0.0001 ? pValue.toExponential(1) : pValue.toFixed(4)}`,
  ];
}
