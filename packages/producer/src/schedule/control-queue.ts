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

/** What became of a schedule's jobs: the id of each one's run, by job; and the newest of each schedule, by its name. */
export const scheduledRunsKey = 'labelmill-scheduled-runs';
