import { readRun } from '@labelmill/shared/run/run-files';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { carriedFile } from '../query/carried-file.ts';
import { cellText, jsonValue } from '../query/cells.ts';
import { openDuckDb, type QueryRows } from '../query/duckdb.ts';
import { localFiles } from '../query/local-copies.ts';
import { recordFiles } from '../query/record-files.ts';
import { recordsView } from '../query/records-view.ts';
import type { Console } from '../terminal/console.ts';
import { table } from '../terminal/format.ts';
import { Progress } from '../terminal/progress.ts';
import type { CommandContext } from './context.ts';
import { runFolderOf } from './run-folder-of.ts';

/** Rows of a table for people; `--json` prints all. */
const mostRows = 1000;

/** `labelmill query RUN SQL`: asks DuckDB about a run's records, the table `records`. */
export async function query(
  name: string,
  sql: string,
  options: { out: string; json?: boolean },
  context: CommandContext,
): Promise<void> {
  const { console, settings, stop } = context;
  using engine = await openDuckDb(stop);
  await using stores = openOperatorStores(settings.stores);
  const folder = runFolderOf(name, options.out, context.cwd);
  const store = stores.for(folder);
  const run = await readRun(store, folder);
  const { format, compacted, uris } = await recordFiles(store, folder, run);
  const fetched = { done: 0, errors: 0, total: uris.length, totalIsFinal: true, unit: 'files' };
  using progress = new Progress(console, () => fetched);
  await using files = await localFiles(
    store,
    uris,
    settings.spoolFolder,
    (done) => {
      fetched.done = done;
    },
    stop,
  );
  await using carried =
    compacted || run.against === undefined
      ? null
      : await carriedFile(stores, folder, settings.spoolFolder, stop);
  progress[Symbol.dispose]();
  await engine.run(
    recordsView([
      { format, paths: files.paths },
      { format: 'jsonl', paths: carried?.paths ?? [] },
    ]),
  );
  const rows = await engine.query(sql);
  if (options.json) await printJson(rows, console);
  else await printTable(rows, console);
}

async function printJson({ columns, batches }: QueryRows, console: Console): Promise<void> {
  for await (const batch of batches) {
    for (const row of batch) {
      const members = columns.map((column, place) => [column, jsonValue(row[place])]);
      console.out(JSON.stringify(Object.fromEntries(members)));
    }
  }
}

async function printTable({ columns, batches }: QueryRows, console: Console): Promise<void> {
  const shown: string[][] = [];
  let rows = 0;
  for await (const batch of batches) {
    rows += batch.length;
    for (const row of batch.slice(0, mostRows - shown.length)) shown.push(row.map(cellText));
  }
  for (const line of table([[...columns], ...shown])) console.out(line);
  if (rows > shown.length) console.note(`and ${rows - shown.length} more rows (--json prints all)`);
}
