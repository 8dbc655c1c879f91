/** A part's lines become rows. */
import type { ClassTable, NamedClass } from './class-table.ts';
import { errorNumber } from './error-numbers.ts';
import { PartLines } from './part-lines.ts';
import { emptyBlock, packKind, type RowBlock, rowStatus, rowWords } from './row-file.ts';
import { uriHash } from './uri-hash.ts';

/** Lines after which other work of the server gets its turn. */
const linesAtOnce = 2_048;

/** What of a record is looked at here; checked as far as it is used, because a million schemas take seconds. */
export interface Seen {
  readonly uri?: unknown;
  readonly status?: unknown;
  readonly labels?: readonly (NamedClass & { readonly score: number })[];
  readonly error?: { readonly code: string };
}

export interface IndexedPart {
  readonly rows: RowBlock;
  readonly hashes: Float64Array;
}

export async function indexPart(body: Uint8Array, classes: ClassTable): Promise<IndexedPart> {
  const lines = new PartLines(body);
  const rows = emptyBlock(lines.count);
  const hashes = new Float64Array(lines.count);
  for (let row = 0; row < lines.count; row++) {
    const line = lines.line(row);
    const record = parsedLine(line);
    const { kind, score } = rowOf(record, classes);
    rows.words.set([lines.start(row), line.length, kind], row * rowWords);
    rows.scores[row * rowWords + 3] = score;
    hashes[row] = uriHash(String(record?.uri ?? ''));
    if (row % linesAtOnce === linesAtOnce - 1) await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return { rows, hashes };
}

export function parsedLine(line: Buffer): Seen | null {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch {
    return null;
  }
}

/** What a row says of its record. */
export function rowOf(record: Seen | null, classes: ClassTable): { kind: number; score: number } {
  if (record?.status !== 'ok') {
    return { kind: packKind(0, rowStatus.error, errorNumber(String(record?.error?.code ?? ''))), score: 0 };
  }
  // A run for features alone has records without labels.
  const first = record.labels?.[0];
  if (first === undefined) return { kind: packKind(0, rowStatus.ok, 0), score: 0 };
  return { kind: packKind(classes.numberOf(first), rowStatus.ok, 0), score: first.score };
}
