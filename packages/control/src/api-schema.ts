/** What the API says, as schemas: answers are checked against them, and the OpenAPI document is made from them. */
import { runIdSchema } from '@labelmill/shared/schema/chunk-job';
import { z } from 'zod';

export const runParams = z.object({ run: runIdSchema });

/** `unfinished`: not closed, and no Redis here knows it; another process may be at work on it. */
export const runStateSchema = z.enum(['listing', 'running', 'paused', 'cancelled', 'complete', 'unfinished']);

const listItem = {
  id: z.string(),
  created: z.string(),
  finished: z.string().nullable(),
  state: runStateSchema,
  model: z.string(),
  source: z.string(),
  /** Images listed so far, and whether that is all of them; null where only the folder could say and has not yet. */
  images: z.int().nullable(),
  listed: z.boolean(),
  ok: z.int().nullable(),
  error: z.int().nullable(),
};
export const runListItemSchema = z.object(listItem);
export type RunListItem = z.infer<typeof runListItemSchema>;
export const runListSchema = z.object({ runs: z.array(runListItemSchema), redis: z.boolean() });

export const runViewSchema = z.object({
  ...listItem,
  folder: z.string(),
  digest: z.string(),
  /** False: the weights are untrained and the labels mean nothing. */
  trained: z.boolean(),
  /** Why it stands still by itself. */
  why: z.string().nullable(),
  errors: z.array(z.object({ code: z.string(), meaning: z.string(), count: z.int() })),
  /** Seconds by stage over all workers; null where nobody measured. */
  stages: z.record(z.string(), z.number()).nullable(),
  /** What limits the run, in a line. */
  bottleneck: z.string().nullable(),
});
export type RunView = z.infer<typeof runViewSchema>;

/** How a run stood at a moment. */
export const sampleSchema = z.object({
  /** Milliseconds since 1970. */
  at: z.number(),
  done: z.int(),
  error: z.int(),
  stages: z.record(z.string(), z.number()).nullable(),
});
export type Sample = z.infer<typeof sampleSchema>;

/** RFC 9457. `code` is labelmill's own. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
});
export type Problem = z.infer<typeof problemSchema>;
