/**
 * Schedules have a queue of their own: the next job of each is always delayed there, which would keep the workers of a
 * bundle's queue from scaling to zero.
 */
import { z } from 'zod';

export const controlQueue = 'control';

/** A schedule that is due. Everything else is read from the schedule itself when the job is carried out. */
export const dueJobSchema = z.object({ schedule: z.string(), manual: z.boolean().default(false) });
export type DueJob = z.infer<typeof dueJobSchema>;

export const schedulesKey = 'labelmill-schedules';

/**
 * What became of a schedule's jobs: the id of each one's run, by job; the newest of each schedule, by its name, which
 * has no colon; and, by `failureField`, why its run could not be listed.
 */
export const scheduledRunsKey = 'labelmill-scheduled-runs';

export const failureField = (schedule: string) => `failed:${schedule}`;

export const failureSchema = z.object({ at: z.iso.datetime(), message: z.string() });
export type ScheduleFailure = z.infer<typeof failureSchema>;
