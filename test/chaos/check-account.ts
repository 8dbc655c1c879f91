/** The account of a run on disk, taken by nothing of labelmill's. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { records } from '../parts/records.ts';

export interface AccountCheck {
  /** Images without a record of their URI at their index. */
  readonly lost: number;
  /** Records beyond the first of their index. */
  readonly duplicated: number;
  /** `_SUCCESS` is there, and the summary says what the records say. */
  readonly closed: boolean;
  readonly ok: number;
  /** Error records by code. */
  readonly errors: Readonly<Record<string, number>>;
}

/** @param listed the URI of every image, in order */
export async function checkAccount(run: string, listed: readonly string[]): Promise<AccountCheck> {
  const found = await records(run);
  const uris = new Map<number, string>();
  const errors: Record<string, number> = {};
  let [ok, duplicated] = [0, 0];
  for (const record of found) {
    if (uris.has(record.index)) duplicated++;
    else uris.set(record.index, record.uri);
    if (record.status === 'ok') ok++;
    else errors[record.error.code] = (errors[record.error.code] ?? 0) + 1;
  }
  const lost = listed.filter((uri, index) => uris.get(index) !== uri).length;
  const summary = JSON.parse(await readFile(join(run, 'summary.json'), 'utf8'));
  const success = await stat(join(run, '_SUCCESS')).then(
    () => true,
    () => false,
  );
  const closed =
    success &&
    summary.listed === listed.length &&
    summary.ok === ok &&
    summary.error === found.length - ok &&
    JSON.stringify(Object.entries(summary.errors).sort()) === JSON.stringify(Object.entries(errors).sort());
  return { lost, duplicated, closed, ok, errors };
}
