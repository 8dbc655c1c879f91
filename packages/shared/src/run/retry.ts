/**
 * Retries of a closed run, by generations. A retry's plan and its parts are created once, as everything in a run's
 * folder is, below `retries/<generation>/`; `labels/` then shows each chunk as its latest retry left it. All who
 * replace a part there copy the same bytes, so it may be done twice, and a copy that a death left out is made up for.
 */
import pMap from 'p-map';
import { z } from 'zod';
import { crashPoint } from '../crash-point.ts';
import { type ImageErrorCode, imageErrorCodes, LabelmillError } from '../errors.ts';
import type { LabelRecord } from '../schema/record.ts';
import type { Run } from '../schema/run.ts';
import { isNoFolder } from '../store/no-folder.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { readIfThere } from './run-files.ts';
import { retryPartOf, runFolder } from './run-folder.ts';

const codes = Object.keys(imageErrorCodes) as [ImageErrorCode, ...ImageErrorCode[]];

/** Which error records are labelled again: those that may end otherwise, all, or those of one code. */
export const errorSelectorSchema = z.enum(['retryable', 'all', ...codes]);
export type ErrorSelector = z.infer<typeof errorSelectorSchema>;

export function isSelected(record: LabelRecord, selector: ErrorSelector): boolean {
  if (record.status === 'ok') return false;
  if (selector === 'all') return true;
  return selector === 'retryable' ? record.error.retryable : record.error.code === selector;
}

export const retryPlanSchema = z.object({
  generation: z.int().positive(),
  errors: errorSelectorSchema,
  /** Images that are labelled again. */
  images: z.int().positive(),
  /** The chunks they are in. */
  chunks: z.array(z.int().nonnegative()).min(1),
  created: z.iso.datetime(),
});
export type RetryPlan = z.infer<typeof retryPlanSchema>;

/** A run's retries as its folder shows them. */
export interface Retries {
  /** The newest plan; null where the run was never retried. */
  readonly plan: RetryPlan | null;
  /** For each chunk that was ever retried, the latest generation whose part is there. */
  readonly latest: ReadonlyMap<number, number>;
  /** Chunks of the newest plan that wait for their part. */
  readonly open: ReadonlySet<number>;
}

/** @throws LabelmillError `broken_run` for a plan that is damaged */
export async function readRetries(
  store: ObjectStore,
  folder: string,
  run: Pick<Run, 'partFormat'>,
): Promise<Retries> {
  let plan: RetryPlan | null = null;
  for (;;) {
    const next = await readPlan(store, folder, (plan?.generation ?? 0) + 1);
    if (next === null) break;
    plan = next;
  }
  if (plan === null) return { plan, latest: new Map(), open: new Set() };
  const latest = new Map<number, number>();
  for (const { generation, seq } of await listRetryParts(store, folder, run)) {
    latest.set(seq, Math.max(generation, latest.get(seq) ?? 0));
  }
  const { generation, chunks } = plan;
  return { plan, latest, open: new Set(chunks.filter((seq) => latest.get(seq) !== generation)) };
}

/** Parts read at once: enough to hide an S3 round trip. */
const readsAtOnce = 16;

/** Names every part in `labels/` that is not what its chunk's latest retry made. */
export async function staleParts(
  store: ObjectStore,
  folder: string,
  run: Pick<Run, 'partFormat'>,
  retries: Retries,
): Promise<number[]> {
  const stale = await pMap(
    retries.latest,
    async ([seq, generation]) => {
      const [made, shown] = await Promise.all([
        readIfThere(store, runFolder.retryPart(folder, generation, seq, run)),
        readIfThere(store, runFolder.part(folder, seq, run)),
      ]);
      return made !== null && (shown === null || Buffer.compare(made, shown) !== 0) ? [seq] : [];
    },
    { concurrency: readsAtOnce },
  );
  return stale.flat();
}

/** Makes `labels/` show what the latest retries made, wherever a death came between the two. */
export async function showLatest(
  store: ObjectStore,
  folder: string,
  run: Pick<Run, 'partFormat'>,
  retries: Retries,
): Promise<void> {
  await pMap(
    await staleParts(store, folder, run, retries),
    async (seq) => {
      const made = runFolder.retryPart(folder, retries.latest.get(seq) ?? 0, seq, run);
      await store.replace(runFolder.part(folder, seq, run), (await store.read(made)).body);
      crashPoint('part-shown-again');
    },
    { concurrency: readsAtOnce },
  );
}

async function readPlan(store: ObjectStore, folder: string, generation: number): Promise<RetryPlan | null> {
  const uri = runFolder.retryPlan(folder, generation);
  const body = await readIfThere(store, uri);
  if (body === null) return null;
  try {
    return retryPlanSchema.parse(JSON.parse(Buffer.from(body).toString('utf8')));
  } catch (cause) {
    throw new LabelmillError('broken_run', `${uri} is damaged: it is not the plan of a retry`, { cause });
  }
}

async function listRetryParts(store: ObjectStore, folder: string, run: Pick<Run, 'partFormat'>) {
  const parts: { generation: number; seq: number }[] = [];
  try {
    for await (const { uri } of store.list(runFolder.retriesFolder(folder))) {
      const part = retryPartOf(uri, run);
      if (part !== null) parts.push(part);
    }
  } catch (error) {
    if (!isNoFolder(error)) throw error;
  }
  return parts;
}
