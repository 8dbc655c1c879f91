/**
 * Turns a closed run's parts into few large files, sorted as the run is.
 *
 * Like a run itself: a plan is created first, then file after file, each whole and once, then the note that all are
 * there. Whoever comes after a death goes on behind the last file. A retry of the run makes the files stale; what is
 * removed then goes in the other direction, the plan last.
 */
import { crashPoint } from '../crash-point.ts';
import { LabelmillError, UsageError } from '../errors.ts';
import { createOnce } from '../run/create-once.ts';
import { type Retries, readRetries } from '../run/retry.ts';
import { completeSummary, encodeJson, isComplete, readRun } from '../run/run-files.ts';
import type { Run } from '../schema/run.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { Stores } from '../store/stores.ts';
import { ChunkRecords } from './chunk-records.ts';
import {
  type CompactFile,
  type Compaction,
  compactFolder,
  listCompactFiles,
  readCompaction,
  readPlan,
} from './compact-folder.ts';
import { chunksAndSteps, compactedParts } from './compacted-parts.ts';
import { CsvEncoder } from './csv-encoder.ts';
import { JsonlEncoder } from './jsonl-encoder.ts';
import { OkLine } from './ok-line.ts';
import { ParquetEncoder, rowGroupRows } from './parquet-encoder.ts';
import type { CompactFormat, RecordEncoder } from './record-encoder.ts';

/** A file ends with the chunk that takes it to this size: readers split larger ones, and list many smaller ones slowly. */
export const compactFileBytes = 128 * 2 ** 20;

export interface CompactOptions {
  readonly format: CompactFormat;
  readonly fileBytes?: number;
  /** Rows of a row group, in Parquet. */
  readonly groupRows?: number;
  /** Called with the number of records that are in files or on their way, and of all. */
  readonly onProgress?: (done: number, all: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * @returns what is there in the end; if it was there before, nothing is written
 * @throws UsageError `not_a_run` · `not_complete` · `retried_meanwhile`; LabelmillError `broken_part` ·
 * `broken_compaction`; the signal's reason
 */
export async function compactRun(
  stores: Stores,
  folder: string,
  {
    format,
    fileBytes = compactFileBytes,
    groupRows = rowGroupRows,
    onProgress = () => {},
    signal,
  }: CompactOptions,
): Promise<Compaction> {
  const store = stores.for(folder);
  const run = await readRun(store, folder);
  const closed = await closedRun(store, folder, run);
  const to = compactFolder.of(folder, format);
  const plan = { format, retries: closed.retries.plan?.generation ?? 0 };
  const earlier = await readPlan(store, to);
  if (earlier !== null && earlier.retries !== plan.retries) await removeStale(store, to);
  else {
    const there = await readCompaction(store, to);
    if (there !== null) return there;
  }
  await createOnce(store, compactFolder.plan(to), encodeJson(plan), run);
  crashPoint('compact-planned');

  const chunks = await chunksAndSteps(stores, folder, run, closed.labelled);
  let next = chainEnd(await listCompactFiles(store, to), to);
  const done = () => Math.min(next * run.chunkSize, closed.listed);
  // A run without images has one file, so that readers find its columns.
  while (next < chunks || (chunks === 0 && next === 0)) {
    const before = done();
    const file = await encodeFile(
      stores,
      folder,
      run,
      closed,
      next,
      { format, fileBytes, groupRows },
      (records) => {
        signal?.throwIfAborted();
        onProgress(before + records, closed.listed);
      },
    );
    await createOnce(store, compactFolder.file(to, next, file.last, format), file.body, run);
    crashPoint('compact-file-created');
    next = file.last + 1;
  }
  const files = await listCompactFiles(store, to);
  chainEnd(files, to);
  await requireUnchanged(store, folder, run, plan.retries);
  const names = files.map(({ uri, bytes }) => ({ name: uri.slice(to.length), bytes }));
  const compaction: Compaction = { ...plan, records: closed.listed, files: names };
  await store.replace(compactFolder.closed(to), encodeJson(compaction));
  crashPoint('compact-closed');
  return compaction;
}

interface ClosedRun {
  /** Images of the run's own parts; the others are carried. */
  readonly labelled: number;
  readonly listed: number;
  readonly retries: Retries;
}

async function closedRun(store: ObjectStore, folder: string, run: Run): Promise<ClosedRun> {
  const summary = await completeSummary(store, folder, ', then compact');
  return {
    labelled: summary.ok + summary.error,
    listed: summary.listed,
    retries: await readRetries(store, folder, run),
  };
}

async function encodeFile(
  stores: Stores,
  folder: string,
  run: Run,
  { labelled: listed, retries }: ClosedRun,
  from: number,
  { format, fileBytes, groupRows }: Required<Pick<CompactOptions, 'format' | 'fileBytes' | 'groupRows'>>,
  onRecords: (records: number) => void,
): Promise<{ last: number; body: Uint8Array }> {
  const encoder = encoderOf(format, run, groupRows, fileBytes);
  let last = from;
  let records = 0;
  const line = new OkLine();
  for await (const part of compactedParts(stores, folder, { run, listed, retries, from })) {
    await encoder.add(new ChunkRecords(part, line));
    last = part.seq;
    records += part.due;
    onRecords(records);
    if (encoder.bytes >= fileBytes) break;
  }
  return { last, body: await encoder.finish() };
}

function encoderOf(
  format: CompactFormat,
  { topK }: Run,
  groupRows: number,
  fileBytes: number,
): RecordEncoder {
  switch (format) {
    case 'parquet':
      return new ParquetEncoder(groupRows, fileBytes);
    case 'jsonl':
      return new JsonlEncoder(fileBytes);
    case 'csv':
      return new CsvEncoder(topK, fileBytes);
  }
}

/** The first chunk that no file has. Files that overlap or leave something out were not made by one program. */
function chainEnd(files: readonly CompactFile[], folder: string): number {
  let next = 0;
  for (const { first, last, uri } of files) {
    if (first !== next) {
      const message = `${uri} begins with chunk ${first} where ${next} is due: remove ${folder}, and compact again`;
      throw new LabelmillError('broken_compaction', message);
    }
    next = last + 1;
  }
  return next;
}

async function removeStale(store: ObjectStore, to: string): Promise<void> {
  await store.remove(compactFolder.closed(to));
  for (const { uri } of await listCompactFiles(store, to)) {
    await store.remove(uri);
    crashPoint('compact-stale-removed');
  }
  await store.remove(compactFolder.plan(to));
}

async function requireUnchanged(
  store: ObjectStore,
  folder: string,
  run: Run,
  generation: number,
): Promise<void> {
  const closed = await isComplete(store, folder);
  if (closed && ((await readRetries(store, folder, run)).plan?.generation ?? 0) === generation) return;
  throw new UsageError(
    'retried_meanwhile',
    `${folder} was retried while it was compacted: compact it again when that has ended`,
  );
}
