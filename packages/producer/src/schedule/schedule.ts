import { UsageError } from '@labelmill/shared/errors';
import {
  decodeModeSchema,
  emitSchema,
  partFormatSchema,
  sourceSpecSchema,
} from '@labelmill/shared/schema/run';
import { z } from 'zod';

/** What to label, and when. */
export const scheduleSchema = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
  /** Five fields, or six with seconds first. */
  cron: z.string(),
  /** IANA name of the time zone in which the pattern is meant. */
  timeZone: z.string(),
  paused: z.boolean(),
  source: sourceSpecSchema,
  /** Name or path of the bundle. */
  model: z.string(),
  /** URI of the folder that holds the runs; ends in a slash. */
  output: z.string(),
  topK: z.int().positive(),
  emit: z.array(emitSchema).min(1),
  decode: decodeModeSchema,
  /** Schedules from before there was a choice have no such line. */
  partFormat: partFormatSchema.default('jsonl'),
  chunkSize: z.int().positive(),
  maxErrorRate: z.number().min(0).max(1).optional(),
  only: z.literal('changed').optional(),
  /** When it is due while its run before has not ended: leave it out, or begin another. */
  overlap: z.enum(['skip', 'allow']),
  /** When it was due while nothing carried out schedules: make up for it once, or leave it out. */
  missed: z.enum(['run', 'skip']),
});
export type Schedule = z.infer<typeof scheduleSchema>;

/** @throws UsageError `bad_schedule` for a name or time zone that cannot be */
export function requireSchedulable({ name, timeZone }: Pick<Schedule, 'name' | 'timeZone'>): void {
  if (!scheduleSchema.shape.name.safeParse(name).success) {
    const message = `a schedule's name is of a-z, 0-9 and "-", at most 63 characters: "${name}" is not`;
    throw new UsageError('bad_schedule', message);
  }
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch (cause) {
    const message = `there is no time zone "${timeZone}": name one such as Europe/Berlin`;
    throw new UsageError('bad_schedule', message, { cause });
  }
}
