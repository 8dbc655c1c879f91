/** The files that hold a run's records, for a query engine: a compaction where one is up to date, else the parts. */
import { compactFolder, readCompaction } from '@labelmill/shared/compact/compact-folder';
import { codeOf } from '@labelmill/shared/errors';
import { readRetries } from '@labelmill/shared/run/retry';
import { isComplete } from '@labelmill/shared/run/run-files';
import { partSeq, runFolder } from '@labelmill/shared/run/run-folder';
import { latestPart } from '@labelmill/shared/run/run-parts';
import type { PartFormat, Run } from '@labelmill/shared/schema/run';
import type { ObjectStore } from '@labelmill/shared/store/object-store';
import { joinUri } from '@labelmill/shared/store/uri';

export interface RecordFiles {
  readonly format: PartFormat;
  /** Parts hold what the run labelled itself, a compaction what it carries too. */
  readonly compacted: boolean;
  /** In the order of the records; none where there are no records yet. */
  readonly uris: readonly string[];
}

/** Of a run that is under way: the parts that are there. */
export async function recordFiles(
  store: ObjectStore,
  folder: string,
  run: Pick<Run, 'partFormat'>,
): Promise<RecordFiles> {
  const retries = await readRetries(store, folder, run);
  const closed = await isComplete(store, folder);
  for (const format of closed ? (['parquet', 'jsonl'] as const) : []) {
    const to = compactFolder.of(folder, format);
    const compaction = await readCompaction(store, to);
    // One from before the latest retry shows what has been labelled again since.
    if (compaction === null || compaction.retries !== (retries.plan?.generation ?? 0)) continue;
    return { format, compacted: true, uris: compaction.files.map(({ name }) => joinUri(to, name)) };
  }
  const parts: number[] = [];
  try {
    for await (const { uri } of store.list(runFolder.labelsFolder(folder))) {
      const seq = partSeq(uri, run);
      if (seq !== null) parts.push(seq);
    }
  } catch (error) {
    // On a disk the folder comes with its first part.
    if (codeOf(error) !== 'source_unreadable') throw error;
  }
  parts.sort((a, b) => a - b);
  const uris = parts.map((seq) => latestPart(folder, seq, run, retries));
  return { format: run.partFormat, compacted: false, uris };
}
