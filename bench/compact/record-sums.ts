/** What a run's records add up to, wherever they are: two files that agree in it hold the same records. */
import { openDuckDb } from '@labelmill/cli/query/duckdb';
import { recordsView } from '@labelmill/cli/query/records-view';

const sums = `SELECT count(*) AS records, count(DISTINCT index) AS indexes, sum(hash(index, uri, version, status, labels, error)) AS hashes,
  sum(len(labels)) AS labels, sum(error.code = 'undecodable') AS errors FROM records`;

/** @returns the sums as text */
export async function recordSums(format: 'parquet' | 'jsonl', paths: readonly string[]): Promise<string> {
  using engine = await openDuckDb(new AbortController().signal);
  await engine.run(recordsView([{ format, paths }]));
  const { columns, batches } = await engine.query(sums);
  for await (const [row] of batches)
    return columns.map((name, place) => `${name} ${row?.[place]}`).join(', ');
  throw new Error('no sums');
}
