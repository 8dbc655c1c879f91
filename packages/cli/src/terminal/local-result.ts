import { bottleneck } from '@labelmill/shared/stages/bottleneck';
import type { LocalRequest, LocalResult } from '../local/label-locally.ts';
import { asTyped } from './as-typed.ts';
import { carriedCounts } from './carried-counts.ts';
import { duration } from './format.ts';
import { quarantineLines } from './quarantine-lines.ts';

/** What came of a run on this machine, as lines to print; as JSON one line. */
export function localResult(
  { folder, summary, labelled, seconds, stages }: LocalResult,
  { bundle, features, json }: Pick<LocalRequest, 'bundle' | 'features'> & { readonly json: boolean },
): string[] {
  const rate = labelled > 0 && seconds > 0 ? labelled / seconds : null;
  const limit = stages === null ? null : bottleneck(stages, bundle.manifest.precision);
  if (json) {
    const measured = { labelled, seconds, imagesPerSecond: rate, bottleneck: limit };
    return [JSON.stringify({ ...summary, folder, ...measured })];
  }
  const speed = rate === null ? '' : ` · ${rate.toFixed(1)} images/s for ${duration(seconds)}`;
  const counts = `${summary.ok} ok, ${summary.error} errors${errorCodes(summary.errors)}${carriedCounts(summary)}`;
  return [
    `${summary.listed} images: ${counts} · ${bundle.name}${speed}`,
    ...(limit === null ? [] : [limit.line]),
    ...quarantineLines(summary),
    ...(summary.duplicates ? [`left out: ${summary.duplicates} duplicates`] : []),
    `records: ${asTyped(folder)}labels/`,
    ...(features ? [`features: ${asTyped(folder)}features/`] : []),
    // Named and not made: a report of a large run takes seconds, and the job is done.
    `report: labelmill report ${asTyped(folder)}`,
  ];
}

function errorCodes(errors: Readonly<Record<string, number>>): string {
  const codes = Object.entries(errors).map(([code, count]) => `${code} ${count}`);
  return codes.length === 0 ? '' : ` (${codes.join(', ')})`;
}
