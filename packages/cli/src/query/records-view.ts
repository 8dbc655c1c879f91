/** SQL that makes a run's records the table `records`, with the same columns and types whatever the files are. */

const label = 'STRUCT(id VARCHAR, label VARCHAR, score DOUBLE)';
/** A record's fields; JSON alone would leave it to the rows that are there which columns and types there are. */
const fields = {
  index: 'BIGINT',
  uri: 'VARCHAR',
  version: 'VARCHAR',
  status: 'VARCHAR',
  labels: `${label}[]`,
  error: 'STRUCT(code VARCHAR, message VARCHAR, retryable BOOLEAN)',
};

/**
 * @param paths on this machine; none for a run without records, which gives no rows
 */
export function recordsView(format: 'parquet' | 'jsonl', paths: readonly string[]): string {
  return `CREATE VIEW records AS ${rows(format, paths)}`;
}

function rows(format: 'parquet' | 'jsonl', paths: readonly string[]): string {
  const files = `[${paths.map(literal).join(', ')}]`;
  if (format === 'parquet') return `SELECT * FROM read_parquet(${files})`;
  const columns = Object.entries(fields).map(([name, type]) => `${name}: ${quoted(type)}`);
  const source =
    paths.length > 0
      ? `read_json(${files}, format = 'newline_delimited', columns = {${columns.join(', ')}})`
      : `(SELECT ${Object.entries(fields).map(([name, type]) => `NULL::${type} AS ${name}`)} LIMIT 0)`;
  return `SELECT index, uri, version, status, labels[1].id AS label_id, labels[1].label AS label, labels[1].score AS score, labels, error FROM ${source}`;
}

/** A path that stands for itself alone: DuckDB would take `*`, `?` and `[` for patterns. */
function literal(path: string): string {
  return quoted(path.replaceAll(/[*?[]/g, '[$&]'));
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
