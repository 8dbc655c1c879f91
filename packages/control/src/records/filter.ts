/** Which records of a run someone wants to see. */
import type { ClassTable } from './class-table.ts';
import type { ComparedRows } from './comparison.ts';
import { errorNames } from './error-numbers.ts';
import type { OriginTable } from './origin-table.ts';
import {
  classOf,
  codeNumberOf,
  isCarried,
  originOf,
  type RowBlock,
  rowStatus,
  scoreOf,
  statusOf,
} from './row-file.ts';

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
  /** Labelled by another run (true), or by this one (false). */
  readonly carried?: boolean | undefined;
  /** Id of the other run that labelled it. */
  readonly origin?: string | undefined;
  /** Only where the other run says something else. */
  readonly changed?: boolean | undefined;
}

/** Is the block's row wanted? */
export type RowTest = (block: RowBlock, row: number) => boolean;

/** @param compared the rows of the comparison beside the block's, where `changed` is asked for */
export function rowTest(
  filter: Filter,
  classes: ClassTable,
  origins: OriginTable,
): (compared: ComparedRows | null) => RowTest {
  const { status, label, search, min = 0, max = 1, code, carried } = filter;
  const origin = filter.origin === undefined ? null : origins.numberOf(filter.origin);
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
    if (carried !== undefined && isCarried(block, row) !== carried) return false;
    if (origin !== null && !(isCarried(block, row) && originOf(block, row).number === origin)) return false;
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
