/** `labelmill query`: DuckDB over a run's parts and over what `compact` made of them. */
import { cp, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labelmill, repository } from '../parts/labelmill.ts';
import { records, runFolders } from '../parts/records.ts';
import { tableRow } from '../parts/table-row.ts';
import { type TemporaryFolder, temporaryFolder } from '../parts/temp-folder.ts';

const photos = join(repository, 'examples/photos');

describe('query', () => {
  let folder: TemporaryFolder;
  let run: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    const source = join(folder.path, 'photos');
    await cp(photos, source, { recursive: true });
    await writeFile(join(source, 'text.jpg'), 'text');
    await labelmill(['label', source, '--out', join(folder.path, 'runs')]);
    const [made = ''] = await runFolders(join(folder.path, 'runs'));
    // What DuckDB takes for a pattern, and what ends SQL's text.
    run = join(folder.path, "it's [a] *");
    await rename(made, run);
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  async function rowsOf(sql: string): Promise<Record<string, unknown>[]> {
    const { status, stdout, stderr } = await labelmill(['query', run, sql, '--json']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  }

  it('gives the same columns, types and rows over JSON lines, compacted JSON lines and Parquet', async () => {
    const wanted = (await records(run)).map(tableRow);
    const described: unknown[] = [];
    for (const format of [null, 'jsonl', 'parquet']) {
      if (format !== null) await labelmill(['compact', run, '--format', format]);
      const types = await rowsOf('DESCRIBE records');
      described.push(types.map(({ column_name, column_type }) => [column_name, column_type]));
      expect(await rowsOf('SELECT * FROM records ORDER BY index')).toEqual(wanted);
    }
    expect(described[1]).toEqual(described[0]);
    expect(described[2]).toEqual(described[0]);
    expect(described[0]).toEqual([
      ['index', 'BIGINT'],
      ['uri', 'VARCHAR'],
      ['version', 'VARCHAR'],
      ['status', 'VARCHAR'],
      ['label_id', 'VARCHAR'],
      ['label', 'VARCHAR'],
      ['score', 'DOUBLE'],
      ['labels', 'STRUCT(id VARCHAR, "label" VARCHAR, score DOUBLE)[]'],
      ['error', 'STRUCT(code VARCHAR, message VARCHAR, retryable BOOLEAN)'],
    ]);
  });

  it('prints a table for people', async () => {
    const { stdout } = await labelmill([
      'query',
      run,
      'select status, count(*) as images from records group by all order by all',
    ]);
    expect(stdout).toBe(
      `status  images\nerror   1\nok      ${(await readdir(photos)).filter((name) => name.endsWith('.jpg')).length}\n`,
    );
  });

  it('answers a wrong statement, and a missing DuckDB, with one line', async () => {
    const wrong = await labelmill(['query', run, 'selec 1']);
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toMatch(/^labelmill: Parser Error: .*selec.*\[bad_query\]\n$/);
    const preload = pathToFileURL(join(repository, 'test/parts/without-duckdb.ts')).href;
    const env = { NODE_OPTIONS: `--import=${preload}` };
    const missing = await labelmill(['query', run, 'select 1'], { env });
    expect(missing.status).toBe(2);
    expect(missing.stderr).toMatch(/^labelmill: query needs DuckDB.*\[duckdb_missing\]\n$/);
  });

  it('takes a run that has no records yet for an empty table', async () => {
    const empty = join(folder.path, 'empty');
    await mkdir(empty);
    await cp(join(run, 'run.json'), join(empty, 'run.json'));
    const { stdout } = await labelmill([
      'query',
      empty,
      'select count(*) as n, max(labels[1].score) as best from records',
      '--json',
    ]);
    expect(JSON.parse(stdout)).toEqual({ n: 0, best: null });
  });
});
