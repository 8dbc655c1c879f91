/** Schedules: what there is, and to pause, resume or run one now. They are made by `labelmill schedule add`. */
import { z } from 'zod';
import { scheduleParams, schedulesSchema } from '../api-schema.ts';
import type { AppParts } from '../app.ts';
import { problems } from '../problem.ts';
import type { ApiScope } from './api-scope.ts';
import { required } from './required.ts';

const done = z.object({ schedule: z.string() });

export function addScheduleRoutes(api: ApiScope, { control }: AppParts): void {
  api.get(
    '/schedules',
    {
      schema: {
        summary: 'Schedules by name, with what became of them last',
        response: { 200: schedulesSchema, ...problems },
      },
    },
    async () => ({ schedules: await required(control).schedules.list() }),
  );
  for (const [action, summary] of [
    ['pause', 'Begin no more runs of a schedule'],
    ['resume', 'Begin runs of a schedule again'],
    ['run', "Begin a schedule's run now, also while it is paused"],
  ] as const) {
    api.post(
      `/schedules/:schedule/${action}`,
      { schema: { summary, params: scheduleParams, response: { 200: done, ...problems } } },
      async ({ params: { schedule } }) => {
        const { schedules } = required(control);
        if (action === 'run') await schedules.runNow(schedule);
        else await schedules.pause(schedule, action === 'pause');
        return { schedule };
      },
    );
  }
}
