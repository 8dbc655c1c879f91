/** The files of a compaction: `<run>/compact/<format>/records-<first chunk>-<last chunk>.<format>`. */
import { z } from 'zod';
import { LabelmillError } from '../errors.ts';
import { readIfThere } from '../run/run-files.ts';
import { isNoFolder } from '../store/no-folder.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { joinUri } from '../store/uri.ts';
import { type CompactFormat, compactFormats } from './record-encoder.ts';

export interface CompactFile {
  readonly uri: string;
  /** Chunks whose records are in it, both included. */
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
}

const padded = (n: number) => String(n).padStart(8, '0');

/** Names with `_` are passed over by readers that take a whole folder. */
export const compactFolder = {
  of: (run: string, format: CompactFormat) => joinUri(run, `compact/${format}/`),
  /** What the files are made from; created before them. */
  plan: (folder: string) => joinUri(folder, '_plan.json'),
  /** Says that all files are there; created after them. */
  closed: (folder: string) => joinUri(folder, '_compact.json'),
  file: (folder: string, first: number, last: number, format: CompactFormat) =>
    joinUri(folder, `records-${padded(first)}-${padded(last)}.${format}`),
} as const;

export const compactPlanSchema = z.object({
  format: z.enum(compactFormats),
  /** Retries of the run that are in the files: more of them make the files stale. */
  retries: z.int().nonnegative(),
});
export type CompactPlan = z.infer<typeof compactPlanSchema>;

export const compactionSchema = compactPlanSchema.extend({
  records: z.int().nonnegative(),
  files: z.array(z.object({ name: z.string(), bytes: z.int().nonnegative() })).min(1),
});
export type Compaction = z.infer<typeof compactionSchema>;

/** The plan; null where there is none. */
export async function readPlan(store: ObjectStore, folder: string): Promise<CompactPlan | null> {
  return readAs(compactPlanSchema, store, compactFolder.plan(folder));
}

/** The closed compaction; null where there is none. */
export async function readCompaction(store: ObjectStore, folder: string): Promise<Compaction | null> {
  return readAs(compactionSchema, store, compactFolder.closed(folder));
}

/** In order. None where the folder is not there. */
export async function listCompactFiles(store: ObjectStore, folder: string): Promise<CompactFile[]> {
  const files: CompactFile[] = [];
  try {
    for await (const { uri, bytes } of store.list(folder)) {
      const match = /\/records-(\d{8,})-(\d{8,})\.[a-z]+$/.exec(uri);
      if (match !== null) files.push({ uri, bytes, first: Number(match[1]), last: Number(match[2]) });
    }
  } catch (error) {
    if (!isNoFolder(error)) throw error;
  }
  return files.sort((a, b) => a.first - b.first);
}

async function readAs<T>(schema: z.ZodType<T>, store: ObjectStore, uri: string): Promise<T | null> {
  const body = await readIfThere(store, uri);
  if (body === null) return null;
  try {
    return schema.parse(JSON.parse(Buffer.from(body).toString('utf8')));
  } catch (cause) {
    const message = `${uri} is damaged: remove the folder it is in, and compact again`;
    throw new LabelmillError('broken_compaction', message, { cause });
  }
}
