/** What the API says, as schemas: answers are checked against them, and the OpenAPI document is made from them. */

import { runIdSchema } from '@labelmill/shared/schema/chunk-job';
import { recordSchema } from '@labelmill/shared/schema/record';
import { workerReportSchema } from '@labelmill/shared/schema/worker-report';
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
  /** Images whose record another run holds, of those in `images`; 0 until the listing has ended. */
  carried: z.int().nullable(),
};
export const runListItemSchema = z.object(listItem);
export type RunListItem = z.infer<typeof runListItemSchema>;
export const runListSchema = z.object({
  runs: z.array(runListItemSchema),
  /** Runs of which nothing can be said, and why. */
  unreadable: z.array(z.object({ id: z.string(), message: z.string() })),
  redis: z.boolean(),
});

export const runViewSchema = z.object({
  ...listItem,
  folder: z.string(),
  /** The run that it is compared with. */
  against: z.string().nullable(),
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
  /** What may be done to it here and now. */
  actions: z.array(z.enum(['pause', 'resume', 'cancel', 'retry'])),
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

export const facetsSchema = z.object({
  ok: z.int(),
  error: z.int(),
  /** Carried images whose record the run that labelled them does not hold any more. */
  gone: z.int(),
  /** Runs that labelled carried images, the newest first; with those in `ok` and `gone`. */
  origins: z.array(z.object({ run: z.string(), count: z.int() })),
  labels: z.array(z.object({ id: z.string(), label: z.string(), count: z.int() })),
  /** First labels with a score from 0 to 0.1, and so on. */
  bands: z.array(z.int()),
  errors: z.record(z.string(), z.int()),
  /** Parts read of those found, while the run is being looked through for the first time. */
  indexing: z.object({ read: z.int(), found: z.int() }).nullable(),
});
export type FacetsView = z.infer<typeof facetsSchema>;

/** A run that was begun here. */
export const startedSchema = z.object({
  run: z.string(),
  /** The run that it is compared with. */
  against: z.string().nullable(),
  /** What of the source is labelled, and why; null where nothing was asked. */
  note: z.string().nullable(),
});
export type Started = z.infer<typeof startedSchema>;

const mostOnAPage = 500;
const share = z.coerce.number().min(0).max(1).optional();

export const imageQuery = z.object({
  offset: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  limit: z.coerce.number().int().min(1).max(mostOnAPage).default(100),
  status: z.enum(['ok', 'error']).optional(),
  label: z.string().max(256).optional(),
  search: z.string().max(256).optional(),
  min: share,
  max: share,
  code: z.string().max(64).optional(),
  /** True: labelled by another run; false: by this one. */
  carried: z.stringbool().optional(),
  /** The other run that labelled it. */
  origin: runIdSchema.optional(),
  changed: z.stringbool().optional(),
  against: runIdSchema.optional(),
});

export const imageParams = runParams.extend({
  index: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
});
export const pictureQuery = z.object({ size: z.enum(['thumb', 'whole']).default('thumb') });

export const imagesSchema = z.object({
  /** Records that the filter lets through. */
  total: z.int(),
  images: z.array(
    z.object({
      index: z.int(),
      /** Null where its part was replaced a moment ago (ask again), or, of a carried image, where it is gone. */
      record: recordSchema.nullable(),
      /** The run that labelled it, where that is another. */
      carriedFrom: z.string().nullable(),
      /** May a picture be asked for? There may be none all the same: of an error record's image, or of one that is gone. */
      shown: z.boolean(),
      changed: z.boolean(),
      /** The same image in the run that is compared with. */
      other: recordSchema.nullable(),
    }),
  ),
});
export type ImagesPage = z.infer<typeof imagesSchema>;

export const queueSchema = z.object({
  /** The bundle's. */
  name: z.string(),
  waiting: z.int(),
  active: z.int(),
  delayed: z.int(),
  failed: z.int(),
  workers: z.array(workerReportSchema),
});
export type QueueView = z.infer<typeof queueSchema>;
export const queuesSchema = z.object({ queues: z.array(queueSchema) });

export const scheduleParams = z.object({ schedule: z.string().max(63) });
export const scheduleViewSchema = z.object({
  name: z.string(),
  cron: z.string(),
  /** IANA name of the zone in which the pattern is meant. */
  timeZone: z.string(),
  paused: z.boolean(),
  source: z.string(),
  model: z.string(),
  /** Folder of its runs. */
  output: z.string(),
  onlyChanged: z.boolean(),
  /** What becomes of it when it is due while its run before has not ended. */
  overlap: z.enum(['skip', 'allow']),
  next: z.string().nullable(),
  /** It is due, and no producer has taken that up yet. */
  waiting: z.boolean(),
  lastRun: z
    .object({
      id: z.string(),
      /** Null where neither Redis nor the output folder knows it. */
      state: runStateSchema.nullable(),
      images: z.int().nullable(),
      ok: z.int().nullable(),
      error: z.int().nullable(),
      carried: z.int().nullable(),
      /** Can it be looked at here? Runs of another output folder cannot. */
      shown: z.boolean(),
    })
    .nullable(),
  /** What kept its run from being listed when it was last due. */
  failure: z.object({ at: z.string(), message: z.string() }).nullable(),
});
export type ScheduleView = z.infer<typeof scheduleViewSchema>;
export const schedulesSchema = z.object({ schedules: z.array(scheduleViewSchema) });
