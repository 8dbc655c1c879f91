/** SQL that makes a run's records the table `records`, with the same columns and types whatever the files are. */
import type { PartFormat } from '@labelmill/shared/schema/run';

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

/** Files of one format on this machine. */
export interface RecordPaths {
  readonly format: PartFormat;
  readonly paths: readonly string[];
}

/** Without any file it is a table without rows. */
export function recordsView(files: readonly RecordPaths[]): string {
  const tables = files.flatMap(({ format, paths }) => (paths.length === 0 ? [] : [tableOf(format, paths)]));
  return `CREATE VIEW records AS ${tables.length === 0 ? withBest(noRows) : tables.join(' UNION ALL ')}`;
}

const noRows = `(SELECT ${Object.entries(fields).map(([name, type]) => `NULL::${type} AS ${name}`)} LIMIT 0)`;

function tableOf(format: PartFormat, paths: readonly string[]): string {
  const files = `[${paths.map(literal).join(', ')}]`;
  if (format === 'parquet') return `SELECT * FROM read_parquet(${files})`;
  const columns = Object.entries(fields).map(([name, type]) => `${name}: ${quoted(type)}`);
  return withBest(`read_json(${files}, format = 'newline_delimited', columns = {${columns.join(', ')}})`);
}

function withBest(source: string): string {
  return `SELECT index, uri, version, status, labels[1].id AS label_id, labels[1].label AS label, labels[1].score AS score, labels, error FROM ${source}`;
}

/** A path that stands for itself alone: DuckDB would take `*`, `?` and `[` for patterns. */
function literal(path: string): string {
  return quoted(path.replaceAll(/[*?[]/g, '[$&]'));
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
