/** DuckDB in this process. It is an optional package and loaded when the first query comes. */
import { codeOf, messageOf, UsageError } from '@labelmill/shared/errors';

export interface QueryRows {
  readonly columns: readonly string[];
  /** Batches of rows, each a value for each column. */
  readonly batches: AsyncIterable<readonly (readonly unknown[])[]>;
}

export interface QueryEngine extends Disposable {
  /** Runs statements whose rows nobody wants. */
  run(sql: string): Promise<void>;
  /** @throws UsageError `bad_query` with what DuckDB says */
  query(sql: string): Promise<QueryRows>;
}

/** @throws UsageError `duckdb_missing` */
export async function openDuckDb(signal: AbortSignal): Promise<QueryEngine> {
  const { DuckDBInstance } = await load();
  // Nothing is fetched from anywhere while a query runs.
  const options = { autoinstall_known_extensions: 'false' };
  const instance = await DuckDBInstance.create(':memory:', options);
  const connection = await instance.connect();
  const interrupt = () => connection.interrupt();
  signal.addEventListener('abort', interrupt);
  const failed = (error: unknown): never => {
    signal.throwIfAborted();
    const [line = ''] = messageOf(error).replace('Failed to extract statements: ', '').split('\n');
    throw new UsageError('bad_query', line, { cause: error });
  };
  return {
    run: async (sql) => void (await connection.run(sql)),
    async query(sql) {
      const result = await connection.stream(sql).catch(failed);
      const batches = async function* () {
        try {
          yield* result.yieldRowsJs();
        } catch (error) {
          failed(error);
        }
      };
      return { columns: result.deduplicatedColumnNames(), batches: batches() };
    },
    [Symbol.dispose]() {
      signal.removeEventListener('abort', interrupt);
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function load(): Promise<typeof import('@duckdb/node-api')> {
  try {
    return await import('@duckdb/node-api');
  } catch (error) {
    if (codeOf(error) !== 'ERR_MODULE_NOT_FOUND' && codeOf(error) !== 'MODULE_NOT_FOUND') throw error;
    const message =
      'query needs DuckDB, the optional package @duckdb/node-api, which is not installed here: "npx pnpm install" without --no-optional in the folder of labelmill brings it';
    throw new UsageError('duckdb_missing', message, { cause: error });
  }
}
