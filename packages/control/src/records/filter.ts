/** Which records of a run someone wants to see. */
import type { ClassTable } from './class-table.ts';
import type { ComparedRows } from './comparison.ts';
import { errorNames } from './error-numbers.ts';
import { classOf, codeNumberOf, type RowBlock, rowStatus, scoreOf, statusOf } from './row-file.ts';

export interface Filter {
  readonly status?: 'ok' | 'error' | undefined;
  /** A class id: the first label's. */
  readonly label?: string | undefined;
  /** A part of a class's id or name. */
  readonly search?: string | undefined;
  /** Score of the first label: at least `min`, and less than `max` (1 is in the last band). */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly code?: string | undefined;
  /** Only where the other run says something else. */
  readonly changed?: boolean | undefined;
}

/** Is the block's row wanted? */
export type RowTest = (block: RowBlock, row: number) => boolean;

/** @param compared the rows of the comparison beside the block's, where `changed` is asked for */
export function rowTest(filter: Filter, classes: ClassTable): (compared: ComparedRows | null) => RowTest {
  const { status, label, search, min = 0, max = 1, code } = filter;
  const found = search === undefined || search === '' ? null : classes.search(search);
  const only = label === undefined ? null : classes.numberOfId(label);
  const codeNumber = code === undefined ? null : errorNames.indexOf(code);
  const ofClass = found !== null || only !== null;
  const ofScore = min > 0 || max < 1;
  const okOnly = status === 'ok' || ofClass || ofScore;
  return (compared) => (block, row) => {
    const rowIs = statusOf(block, row);
    if (rowIs === 0) return false;
    if (okOnly && rowIs !== rowStatus.ok) return false;
    if (status === 'error' && rowIs !== rowStatus.error) return false;
    if (codeNumber !== null && codeNumberOf(block, row) !== codeNumber) return false;
    if (only !== null && classOf(block, row) !== only) return false;
    if (found !== null && !found.has(classOf(block, row))) return false;
    if (ofScore) {
      const score = scoreOf(block, row);
      if (score < min || (score >= max && max < 1)) return false;
    }
    return !filter.changed || (compared?.changed(row) ?? false);
  };
}
